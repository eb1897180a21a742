"""Several inputs and several outputs: how they are written, read, sized from outside, and refused."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.errors import OpError, SpecError
from calc.model.graph import Graph
from calc.spec import expand, load, loads
from tests.calc.spec.written import reads

SIAMESE = """
name: siamese
params: {side: 64}
input: {a: [3, side, side], b: {shape: [3, side, side]}}
layers:
  f1: {conv2d: {out_channels: 8, kernel_size: 3}, from: a}
  f2: {conv2d: {out_channels: 8, kernel_size: 3}, from: b, shares: f1}
  d: {subtract: , from: [f1, f2]}
"""
HEADS = """
name: two heads
input: [8, 16, 16]
layers:
  c: {conv2d: {out_channels: 8, kernel_size: 1}}
  h1: {conv2d: {out_channels: 4, kernel_size: 1}, from: c}
  h2: {conv2d: {out_channels: 4, kernel_size: 1}, from: c}
output: [h1, h2]
"""
CROSS = """
name: cross attention
input: {x: [320, 64, 64], text: {shape: [77, 768], channels: last}}
layers:
  flat: {flatten: 2}
  tok: {permute: [0, 2, 1]}
  q: {linear: {out_features: 320, bias: false}, from: tok}
  k: {linear: {out_features: 320, bias: false}, from: text}
  v: {linear: {out_features: 320, bias: false}, from: text}
  a: {attention: 8, from: [q, k, v]}
"""


def written(text: str, **given: object) -> Graph:
    return expand(loads(text, "net.yaml"), **given)  # type: ignore[arg-type]  # wrong ones are tried too


def refused(text: str, **given: object) -> str:
    with pytest.raises(SpecError) as caught:
        written(text, **given)
    return "\n".join(map(str, caught.value.problems))


def test_two_images_go_through_one_extractor() -> None:
    found = analyse(loads(SIAMESE)).totals
    assert found.params == 8 * 3 * 3 * 3 + 8
    assert found.macs == 2 * (8 * 3 * 9 * 62 * 62)


def test_both_heads_are_outputs_and_live_to_the_end() -> None:
    analysis = analyse(loads(HEADS))
    assert list(analysis.graph.outputs) == ["h1", "h2"]
    assert analysis.totals.macs == 256 * (8 * 8 + 8 * 4 + 8 * 4)
    # at h2: its input c, the finished h1, and itself; were h1 freed after it is made: at c, 8 + 8
    assert analysis.totals.peak_activation_bytes == 4 * 256 * (8 + 4 + 4)
    long = HEADS.replace("output:", "  tail: {chain: [relu, relu], from: h2}\noutput:").replace(
        "[h1, h2]", "[h1, tail]"
    )
    assert analyse(loads(long)).totals.peak_activation_bytes == 4 * 256 * (8 + 4 + 4)
    wide = HEADS.replace("h2: {conv2d: {out_channels: 4", "h2: {conv2d: {out_channels: 20")
    assert analyse(loads(wide)).totals.peak_activation_bytes == 4 * 256 * (8 + 4 + 20)


def test_a_text_that_is_an_input_is_batched() -> None:
    assert analyse(loads(CROSS)).totals.macs == 4096 * 320 * 320 + 2 * 77 * 768 * 320 + 2 * 4096 * 77 * 320
    assert analyse(loads(CROSS), batch=4).totals.macs == 4 * 659_128_320


def test_an_input_keeps_its_dtype_layout_and_role() -> None:
    graph = written(
        """
        name: n
        input: {image: [3, 4, 4], ids: {shape: [5], dtype: int64}, tokens: {shape: [5, 6], channels: last}}
        layers:
          e: {embedding: {num_embeddings: 9, embedding_dim: 6}, from: ids}
          s: {add: , from: [e, tokens]}
          c: {relu: , from: image}
        output: [s, c]
        """
    )
    image, ids, tokens = graph.nodes[:3]
    assert dict(graph.inputs) == {"image": 0, "ids": 1, "tokens": 2}
    assert (image.output.dtype, ids.output.dtype, tokens.output.dtype) == ("float32", "int64", "float32")
    assert (image.shape.channel_axis, tokens.shape.channel_axis) == (-3, -1)
    assert {node.output.role for node in graph.nodes[:3]} == {"input"}
    assert dict(graph.outputs) == {"s": 4, "c": 5}


def test_what_reads_nothing_by_name_reads_the_first_input() -> None:
    graph = written("{name: n, input: {a: [4], b: [4]}, layers: {x: relu, y: {add: , from: [x, b]}}}")
    assert (reads(graph, "x"), reads(graph, "y")) == (["a"], ["x", "b"])


def test_input_is_the_first_one_whatever_its_name() -> None:
    graph = written("{name: n, input: {image: [4]}, layers: {x: relu, y: {add: , from: [x, input]}}}")
    assert reads(graph, "y") == ["x", "image"]


def test_a_mapping_with_a_shape_is_one_input() -> None:
    assert dict(written("{name: n, input: {shape: [4], dtype: float32}, layers: [relu]}").inputs) == {"input": 0}


# the block's own input

RES = """
name: input inside a block
input: [8, 16, 16]
blocks:
  Res:
    layers:
      conv: {conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}
      out: {add: , from: [conv, input]}
layers: [Res, Res, Res]
"""


def test_input_in_a_block_is_the_blocks_own() -> None:
    graph = written(RES)
    assert [reads(graph, f"{i}.out")[1] for i in range(3)] == ["input", "0.out", "1.out"]


def test_the_networks_input_is_seen_from_a_block_by_its_full_name() -> None:
    graph = written(RES.replace("[conv, input]", "[conv, network.input]"))
    assert [reads(graph, f"{i}.out")[1] for i in range(3)] == ["input"] * 3
    text = "input: {image: [8, 16, 16], other: [8, 16, 16]}\n"
    body = RES.replace("input: [8, 16, 16]\n", text)
    named = written(body.replace("[conv, input]", "[conv, network.other]"))
    assert [reads(named, f"{i}.out")[1] for i in range(3)] == ["other"] * 3
    first = body.replace("[conv, input]", "[conv, network.image, other]")
    assert [reads(written(first), f"{i}.out")[1:] for i in range(3)] == [["image", "other"]] * 3


def test_input_is_the_first_of_a_block_with_names() -> None:
    graph = written(
        """
        name: n
        input: [4]
        blocks: {Join: {inputs: [x, skip], layers: {a: {relu: , from: skip}, b: {add: , from: [a, input]}}}}
        layers: {p: relu, q: tanh, j: {Join: , from: [p, q]}}
        """
    )
    assert (reads(graph, "j.a"), reads(graph, "j.b")) == (["q"], ["j.a", "p"])


def test_a_block_in_a_block_has_an_input_of_its_own() -> None:
    graph = written(
        """
        name: n
        input: [4]
        blocks:
          Inner: {layers: {r: relu, s: {add: , from: [r, input]}}}
          Outer: {layers: {t: tanh, i: Inner, u: {add: , from: [i, input]}}}
        layers: {p: relu, o: Outer}
        """
    )
    assert (reads(graph, "o.i.s"), reads(graph, "o.u")) == (["o.i.r", "o.t"], ["o.i.s", "p"])


def test_a_nearer_layer_of_that_name_comes_first() -> None:
    graph = written(
        """
        name: n
        input: [4]
        blocks: {B: {layers: {input: relu, x: {tanh: , from: input}}}}
        layers: {p: relu, b: B, c: {chain: {input: silu, y: [{elu: , from: input}]}}, z: {gelu: , from: input}}
        """
    )
    assert [reads(graph, name) for name in ("b.input", "b.x", "c.y.0", "z")] == [
        ["p"],
        ["b.input"],
        ["c.input"],
        ["input"],
    ]


# other specs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cross.yaml").write_text(
        "name: cross\ninput: {x: [4, 6], text: [3, 6]}\n"
        "layers:\n  k: {permute: [0, 2, 1], from: text}\n  y: {matmul: , from: [x, k]}\n  h: {relu: , from: k}\n"
        "output: [y, h]\n"
    )
    return tmp_path


def test_a_used_spec_takes_its_inputs_in_order_and_passes_on_its_first_output(folder: Path) -> None:
    (folder / "net.yaml").write_text(
        "name: n\ninput: {words: [3, 6], map: [4, 6]}\nuses: {Cross: cross.yaml}\n"
        "layers: {c: {Cross: , from: [map, words]}, end: relu, other: {tanh: , from: c.h}}\noutput: [end, other]\n"
    )
    graph = expand(load(folder / "net.yaml"))
    assert (reads(graph, "c.k"), reads(graph, "c.y")) == (["words"], ["map", "c.k"])
    assert (reads(graph, "end"), reads(graph, "other")) == (["c.y"], ["c.h"])


def test_a_used_spec_sees_its_own_inputs_inside_its_blocks(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "name: own\ninput: {x: [4], text: [4]}\n"
        "blocks: {Deep: {layers: {z: {add: , from: [input, text]}, w: {add: , from: [z, network.input]}}}}\n"
        "layers: {r: relu, d: Deep}\n"
    )
    (tmp_path / "net.yaml").write_text(
        "name: n\ninput: {text: [4], other: [4]}\nuses: {Own: own.yaml}\n"
        "layers: {p: relu, q: {tanh: , from: other}, o: {Own: , from: [p, q]}}\n"
    )
    alone, used = expand(load(tmp_path / "own.yaml")), expand(load(tmp_path / "net.yaml"))
    assert (reads(alone, "d.z"), reads(alone, "d.w")) == (["r", "text"], ["d.z", "x"])
    assert (reads(used, "o.d.z"), reads(used, "o.d.w")) == (["o.r", "q"], ["o.d.z", "p"])


def test_a_used_spec_wants_as_many_inputs(folder: Path) -> None:
    (folder / "net.yaml").write_text("name: n\ninput: [4, 6]\nuses: {Cross: cross.yaml}\nlayers: {c: Cross}\n")
    with pytest.raises(SpecError, match=r"net.yaml:4:13: c \(Cross\): Cross takes 2 inputs \(x, text\), got 1"):
        expand(load(folder / "net.yaml"))


def test_a_spec_that_extends_gives_other_inputs(folder: Path) -> None:
    (folder / "wide.yaml").write_text("name: wide\nextends: cross.yaml\ninput: {x: [8, 6], text: [5, 6]}\n")
    assert expand(load(folder / "wide.yaml")).input_sizes == {"x": (8, 6), "text": (5, 6)}


# sizes from outside


def test_sizes_are_given_by_name() -> None:
    spec = loads(SIAMESE)
    sizes = {"a": (3, 8, 8), "b": (3, 8, 8)}
    assert expand(spec, input=sizes).input_sizes == sizes
    assert expand(spec, {"side": 8}, {"a": [3, 9, 9], "b": [3, 9, 9]}).input_sizes == {"a": (3, 9, 9), "b": (3, 9, 9)}
    assert expand(spec, {"side": 8}, {}).input_sizes == sizes
    assert analyse(spec, input=sizes).totals.macs == 2 * (8 * 3 * 9 * 6 * 6)
    with pytest.raises(SpecError, match="the inputs 8×7×7 and 8×62×62 do not broadcast"):
        expand(spec, input={"a": (3, 9, 9)})


def test_the_only_input_is_given_with_its_name_or_without() -> None:
    spec = loads("{name: n, input: [4, 8], layers: [relu]}")
    assert expand(spec, input=(4, 9)).input_sizes == expand(spec, input={"input": (4, 9)}).input_sizes


@pytest.mark.parametrize(
    "given, said",
    [
        ((3, 8, 8), "siamese has 2 inputs (a, b), so say which of them is 3x8x8"),
        ({"c": (3, 8, 8)}, "siamese has no input c; it has a, b"),
        ({"a": (3, 0, 8)}, "net.yaml:4:12: a shape="),
    ],
)
def test_sizes_that_fit_no_input(given: object, said: str) -> None:
    assert said in refused(SIAMESE, input=given)


@pytest.mark.parametrize("given", ["3x8x8", {"a": "3x8x8"}, {"a": 3}, {1: (3, 8, 8)}, {"a": (3.0, 8, 8)}])
def test_sizes_of_another_kind(given: object) -> None:
    with pytest.raises(OpError, match="must be sizes of one sample"):
        written(SIAMESE, input=given)


# bad specs: each located


@pytest.mark.parametrize(
    "inputs, layers, said",
    [
        ("{a: [4], b: [4]}", "[relu]", "net.yaml:2:20: nothing reads the input b"),
        ("[4]", "{a: {tensor: {shape: [4]}}, b: {relu: , from: a}}", "net.yaml:2:8: nothing reads the input\n"),
        ("{a: [4], b: [4]}", "{x: relu, y: {relu: , from: b, training_only: true}}", "nothing reads the input b"),
        ("{a: [4], a: [4]}", "[relu]", "net.yaml:2:17: the key a occurs twice"),
        ("{a: [4], input: [4]}", "[relu]", "net.yaml:2:17: input is the name of the first input"),
        ("{a: [4], network: [4]}", "[relu]", "net.yaml:2:17: 'network' cannot name an input"),
        ("{a b: [4]}", "[relu]", "net.yaml:2:9: 'a b' cannot name an input"),
        ("{a: 4}", "[relu]", "net.yaml:2:12: the input a must be a list of sizes"),
        ("{a: {channels: last}}", "[relu]", "net.yaml:2:12: the input a needs shape:"),
        ("{a: {shape: [4], dtype: int}}", "[relu]", "net.yaml:2:32: dtype must be float32 or int64"),
        ("{a: [4], b: [0]}", "{x: relu, y: {relu: , from: b}}", "net.yaml:2:20: b shape="),
        ("{a: [4], b: [size]}", "[relu]", "net.yaml:2:20: unknown name size"),
        ("{a: [4], b: [4]}", "{b: relu}", "two layers are named b; the other is at net.yaml:2:20"),
        ("{image: [4]}", "{x: {relu: , from: imago}}", "net.yaml:3:28: "),
    ],
)
def test_inputs_that_cannot_be(inputs: str, layers: str, said: str) -> None:
    assert said in refused(f"name: n\ninput: {inputs}\nlayers: {layers}\n")


@pytest.mark.parametrize(
    "output, said",
    [
        ("[h1, h3]", "net.yaml:7:14: no earlier member is named h3"),
        ("[h1, h1]", "net.yaml:7:14: the output h1 is named twice; the other is at net.yaml:7:10"),
        ("[h1, 'h{1}']", "net.yaml:7:14: the outputs h1 and h1 are both the output of h1"),
        ("[]", "net.yaml:7:9: output names no layer"),
        ("[[h1]]", "net.yaml:7:10: output takes the name of a layer, or a list of names"),
        ("{h1: h2}", "net.yaml:7:9: output takes the name of a layer, or a list of names"),
        ("[h1, h 2]", "net.yaml:7:14: 'h 2' is not a name"),
    ],
)
def test_outputs_that_cannot_be(output: str, said: str) -> None:
    assert said in refused(HEADS.strip().replace("output: [h1, h2]", f"output: {output}"))


def test_every_output_that_is_unknown_is_said_at_once() -> None:
    said = refused(HEADS.strip().replace("[h1, h2]", "[h3, h4]"))
    assert "named h3" in said
    assert "named h4" in said


def test_the_inputs_of_a_block_have_names_of_their_own() -> None:
    blocks = "{B: {inputs: [x, input], layers: [relu]}}"
    said = refused(f"{{name: n, input: [4], blocks: {blocks}, layers: [{{B: , from: [input, input]}}]}}")
    assert "input is the name of the first input" in said


def test_a_size_that_cannot_be_worked_out_is_said_without_a_hint() -> None:
    text = "name: x\nparams: {c: [3]}\ninput: {a: [3, 'c[5]'], b: ['c[6]']}\nlayers: {s: {add: , from: [a, b]}}\n"
    assert refused(text) == (
        "net.yaml:3:12: 'c[5]': index 5 of a list of 1\nnet.yaml:3:28: 'c[6]': index 6 of a list of 1"
    )
