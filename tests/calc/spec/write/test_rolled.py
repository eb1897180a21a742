"""Networks with what repeats written once: how long they come out, and that they count the same."""

from pathlib import Path

import pytest

from calc.analysis import analyse
from calc.model.graph import Graph
from calc.spec import expand, load, loads
from calc.spec.source import parse
from calc.spec.tree import plain
from calc.spec.write import require_same, spec_text
from calc.spec.write.entries import entries_of
from calc.spec.write.rolled import can_roll
from tests.calc.spec.written import graph_of
from tests.zoo.networks import REFERENCES


def rolled(graph: Graph) -> dict[str, object]:
    """The blocks and layers as they are written, which are held to being the same network."""
    text = spec_text(graph)
    require_same(graph, text)
    found = plain(parse(text, "text"))
    return {"blocks": found.get("blocks"), "layers": found["layers"]}


UNIT = "{conv2d: {out_channels: OUT, kernel_size: KERNEL, padding: PADDING}}, batch_norm, relu"


def unit(out: int, kernel: int = 3) -> str:
    return f"[{UNIT.replace('OUT', str(out)).replace('KERNEL', str(kernel)).replace('PADDING', str(kernel // 2))}]"


def test_chains_that_are_alike_are_a_block_with_params() -> None:
    found = rolled(graph_of(f"{{stem: {unit(8)}, middle: {unit(8, 1)}, act: tanh, head: {unit(16)}}}"))
    conv = {"conv2d": {"out_channels": "out", "kernel_size": "kernel", "padding": "kernel // 2"}}
    name = "Conv2dBatchNormRelu"
    assert found["blocks"] == {name: {"params": {"out": None, "kernel": None}, "layers": [conv, "batch_norm", "relu"]}}
    assert found["layers"] == {
        "stem": {name: {"out": 8, "kernel": 3}},
        "middle": {name: {"out": 8, "kernel": 1}},
        "act": "tanh",
        "head": {name: {"out": 16, "kernel": 3}},
    }


def test_blocks_are_called_as_classes_are() -> None:
    graph = graph_of(f"{{stem: {unit(8)}, middle: {unit(8, 1)}}}")
    text = spec_text(graph, classes={"stem": "ConvNormAct", "middle": "ConvNormAct"})
    require_same(graph, text)
    assert list(plain(parse(text, "text"))["blocks"]) == ["ConvNormAct"]


JOINED = """
name: joined
input: [4]
blocks:
  Join: {inputs: [x, y], layers: {l: {linear: 4}, add: {add: , from: [l, y]}, act: relu}}
layers:
  a: {linear: 4}
  b: tanh
  one: {Join: , from: [b, a]}
  c: gelu
  two: {Join: , from: [c, one]}
  d: gelu
  more: {again: one, from: [d, c]}
"""


def test_modules_that_several_nodes_enter_are_blocks_of_several_inputs_and_run_again() -> None:
    graph = expand(loads(JOINED))
    text = spec_text(graph, classes=dict.fromkeys(("one", "two", "more"), "Join"))
    require_same(graph, text)
    assert analyse(loads(text)).to_dicts() == analyse(loads(spec_text(graph, flat=True))).to_dicts()
    found = plain(parse(text, "text"))
    layers = {"l": {"linear": 4}, "add": {"add": None, "from": ["l", "input2"]}, "act": "relu"}
    assert found["blocks"] == {"Join": {"inputs": ["input", "input2"], "layers": layers}}
    assert found["layers"] == {
        "a": {"linear": 4}, "b": "tanh", "one": {"Join": None, "from": ["b", "a"]},
        "c": "gelu", "two": {"Join": None, "from": ["c", "one"]},
        "d": "gelu", "more": {"again": "one", "from": ["d", "c"]},
    }  # fmt: skip


def test_a_module_of_several_inputs_that_cannot_be_a_block_stands_where_it_is() -> None:
    graph = expand(loads(JOINED.replace("l:", "input2:").replace("[l, y]", "[input2, y]")))
    text = spec_text(graph, classes={"one": "Join", "two": "Join"})
    require_same(graph, text)
    assert "Join" not in text


def test_a_class_of_which_no_two_are_alike_is_no_block() -> None:
    graph = graph_of(f"{{stem: {unit(8)}, head: [tanh, {{max_pool2d: {{kernel_size: 2}}}}]}}")
    assert "blocks" not in plain(parse(spec_text(graph, classes={"stem": "Part", "head": "Part"}), "text"))


def test_what_repeats_in_modules_of_several_inputs_that_have_no_like_is_a_block() -> None:
    layers = (
        f"{{stem: {unit(8)}, a: tanh, one: {{x: {unit(8)}, sum: {{add: , from: [x, stem]}}}}, b: {unit(8)},"
        f" two: {{x: {unit(8)}, y: tanh, sum: {{add: , from: [y, one]}}}}}}"
    )
    graph = graph_of(layers)
    text = spec_text(graph, classes={"one": "Join", "two": "Join"})
    require_same(graph, text)
    assert list(plain(parse(text, "text"))["blocks"]) == ["Conv2dBatchNormRelu"]
    assert text.count("conv2d") == 1


def test_calls_in_a_row_repeat_or_are_a_table() -> None:
    found = rolled(graph_of(f"[{', '.join([unit(8)] * 3)}]"))
    assert found["layers"] == [{"Conv2dBatchNormRelu": None, "repeat": 3}]
    found = rolled(graph_of(f"[{', '.join([unit(4), unit(8), unit(8), unit(16)])}]"))
    assert found["layers"] == [
        {"Conv2dBatchNormRelu": "out", "repeat": "depth", "for": ["out", "depth"], "over": [[4, 1], [8, 2], [16, 1]]}
    ]
    found = rolled(graph_of(f"{{stage1: {unit(4)}, stage2: {unit(8)}, stage3: {unit(16)}}}"))
    assert found["layers"] == {
        "stage{number}": {"Conv2dBatchNormRelu": "out", "for": ["number", "out"], "over": [[1, 4], [2, 8], [3, 16]]}
    }
    found = rolled(graph_of(f"{{stage1: {unit(4)}, stage2: {unit(4)}}}"))
    assert found["layers"] == {"stage{i + 1}": {"Conv2dBatchNormRelu": None, "repeat": 2}}


def test_a_block_reads_its_input_by_that_name() -> None:
    gate = "{branches: [{a: sigmoid, b: relu}, []], merge: multiply}"
    found = rolled(graph_of(f"{{one: [{gate}], act: tanh, two: [{gate}]}}"))
    (block,) = found["blocks"].values()  # type: ignore[attr-defined]  # of plain values
    assert block["layers"] == {
        "a": "sigmoid",
        "b": "relu",
        "multiply": {"multiply": None, "from": ["b", "input"]},
    }


def test_what_is_added_to_its_own_input_is_a_residual() -> None:
    residual = "{residual: {body: {a: {conv2d: {out_channels: 3, kernel_size: 1}}, b: relu}}}"
    found = rolled(graph_of(f"{{one: [{residual}, {{splice: {{c: relu}}}}], act: tanh}}"))
    body = {"a": {"conv2d": {"out_channels": 3, "kernel_size": 1}}, "b": "relu"}
    assert found["layers"] == {"one": [{"residual": {"body": body}}, {"splice": {"c": "relu"}}], "act": "tanh"}


@pytest.mark.parametrize("keyed", [False, True])
def test_what_transforms_the_input_of_a_residual_is_its_shortcut(keyed: bool) -> None:
    main = {"conv2d": {"out_channels": "out", "kernel_size": 1}}, "relu"
    skip = {"conv2d": {"out_channels": "out", "kernel_size": 3, "padding": 1}}, "gelu"
    wide, near = (
        "{conv2d: {out_channels: %d, kernel_size: 1}}",
        "{conv2d: {out_channels: %d, kernel_size: 3, padding: 1}}",
    )
    chains = f"{{a: {wide}, b: relu}}", f"{{c: {near}, d: gelu}}"
    if not keyed:
        chains = f"[{wide}, relu]", f"[{near}, gelu]"
    residual = f"{{residual: {chains[0]}, shortcut: {chains[1]}}}"
    found = rolled(graph_of(f"{{one: [{residual % (4, 4)}], act: tanh, two: [{residual % (8, 8)}]}}"))
    written = [dict(zip("ab", main, strict=True)), dict(zip("cd", skip, strict=True))] if keyed else [[*main], [*skip]]
    block = {"params": {"out": None}, "layers": [{"residual": written[0], "shortcut": written[1]}]}
    assert found == {"blocks": {"One": block}, "layers": {"one": {"One": 4}, "act": "tanh", "two": {"One": 8}}}


STAGE = """
- {Unit: {out: 8, stride: 2, hidden: 24, act: relu}}
- {Unit: {out: 8, stride: 1, hidden: 48, act: relu}}
- {Unit: {out: 16, stride: 2, hidden: 48, act: silu}}
- {Unit: {out: 16, stride: 1, hidden: 96, act: silu}}
- {Unit: {out: 16, stride: 1, hidden: 96, act: silu}}
- {Unit: {out: 32, stride: 2, hidden: 96, act: silu}}
- {Unit: {out: 32, stride: 1, hidden: 192, act: silu}}
"""
UNITS = """
Unit:
  params: {out: , stride: , hidden: , act: }
  layers:
    - residual:
        expand: {conv2d: {out_channels: hidden, kernel_size: 1}}
        act: $act
        dw: {conv2d: {out_channels: hidden, kernel_size: 3, stride: stride, padding: 1, groups: hidden}}
        project: {conv2d: {out_channels: out, kernel_size: 1}}
      shortcut_when: stride == 1 and in == out
"""


def test_modules_of_one_class_are_one_block_with_what_some_of_them_lack() -> None:
    graph = graph_of(STAGE, blocks=UNITS, input="[4, 32, 32]")
    text = spec_text(graph, classes={str(at): "Inverted" for at in range(7)})
    require_same(graph, text)
    found = plain(parse(text, "text"))
    conv = {"out_channels": "hidden", "kernel_size": 3, "stride": "stride", "padding": 1, "groups": "hidden"}
    assert found["blocks"] == {
        "Inverted": {
            "params": {"act": None, "stride": 1, "out": None, "hidden": "6 * in"},
            "layers": [
                {
                    "residual": {
                        "expand": {"conv2d": {"out_channels": "hidden", "kernel_size": 1}},
                        "act": "$act",
                        "dw": {"conv2d": conv},
                        "project": {"conv2d": {"out_channels": "out", "kernel_size": 1}},
                    },
                    "shortcut_when": "stride == 1",
                }
            ],
        }
    }
    assert found["layers"] == [
        {
            "Inverted": {"act": "act", "stride": "2 if i == 0 else 1", "out": "out"},
            "repeat": "depth",
            "for": ["act", "out", "depth"],
            "over": [["relu", 8, 2], ["silu", 16, 3], ["silu", 32, 2]],
        }
    ]
    assert analyse(loads(text)).to_dicts() == analyse(loads(spec_text(graph, flat=True))).to_dicts()


DENSE = """
stem: {conv2d: {out_channels: 4, kernel_size: 1}}
layer1: {conv: {conv2d: {out_channels: 2, kernel_size: 1}}, act: relu}
layer2:
  chain:
    concat: {concat: , from: [stem, layer1]}
    conv: {conv2d: {out_channels: 2, kernel_size: 1}}
    act: relu
layer3:
  chain:
    concat: {concat: , from: [stem, layer1, layer2]}
    conv: {conv2d: {out_channels: 2, kernel_size: 1}}
    act: relu
concat: {concat: , from: [stem, layer1, layer2, layer3]}
"""


def test_what_joins_all_chains_before_it_is_a_block_too() -> None:
    graph = graph_of(DENSE)
    text = spec_text(graph, classes={"layer1": "Dense", "layer2": "Dense", "layer3": "Dense"})
    require_same(graph, text)
    found = plain(parse(text, "text"))
    assert found["blocks"]["Dense"]["layers"]["concat"] == {
        "concat": None, "from": ["input", "layer{*}"], "when": "concat",
    }  # fmt: skip
    assert found["layers"] == {
        "stem": {"conv2d": {"out_channels": 4, "kernel_size": 1}},
        "layer1": {"Dense": False},
        "layer{i + 2}": {"Dense": None, "from": "stem", "repeat": 2},
        "concat": {"concat": None, "from": ["stem", "layer{*}"]},
    }


def test_chains_of_one_block_are_a_table_of_stages() -> None:
    stages = "stage1: [U, U]\nstage2: [U, U, U]\nstage3: [U]"
    graph = graph_of(stages, blocks="U: {layers: [{conv2d: {out_channels: 2 * in, kernel_size: 1}}, relu]}")
    found = rolled(graph)["layers"]
    assert found == {
        "stage{stage}": {"chain": [{"Conv2dRelu": None, "repeat": "depth"}], "for": ["stage", "depth"],
                         "over": [[1, 2], [2, 3], [3, 1]]}
    }  # fmt: skip


def test_a_chain_that_runs_again_says_so() -> None:
    layers = (
        "{tower: [{residual: [{conv2d: {out_channels: 3, kernel_size: 1}}, relu]}], act: tanh, more: {again: tower}}"
    )
    assert rolled(graph_of(layers))["layers"]["more"] == {"again": "tower"}  # type: ignore[index]  # of plain values


POINT = "{conv2d: {out_channels: 3, kernel_size: 1}}"
LONG, OTHER = "[relu, tanh, relu, relu]", "[relu, relu, relu, relu]"


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ("{a: [relu, log_softmax], b: [relu, log_softmax]}", ["ReluLogSoftmax"]),
        ("{a: [relu, tanh, relu], b: [relu, tanh, relu]}", ["ReluTanhRelu"]),
        (f"{{stem_first: {LONG}, c2: {LONG}}}", ["StemFirst"]),
        (f"{{a: {{stage1: {LONG}, b: relu, stage2: {LONG}}}}}", ["Stage"]),  # the nearest part of a.stage1
        (f"[{LONG}, {LONG}, tanh, {OTHER}, {OTHER}]", ["BlockPart", "BlockPart2"]),
        (f"{{stage_two: [{LONG}, tanh, {LONG}]}}", ["TwoBlock"]),  # its own name is a number
        (f"{{block: [{LONG}, tanh, {LONG}]}}", ["BlockPart"]),
        (
            f"{{a: {LONG}, b: {LONG}, c: {{a: {OTHER}, b: {OTHER}}}, d: [{{chain: {{a: {OTHER[:-1]}, tanh]}}}}]}}",
            ["A", "A2"],
        ),
    ],
)
def test_names_of_blocks(layers: str, names: list[str]) -> None:
    assert list(rolled(graph_of(layers))["blocks"]) == names  # type: ignore[call-overload]  # of plain values


TOKENS = "{shape: [5, 4], channels: last}"


@pytest.mark.parametrize(
    ("layers", "written"),
    [
        ("{a: [relu, tanh], b: {chain: [relu, tanh], from: input}, c: {add: , from: [a, b]}}",
         {"a": "ReluTanh", "b": {"ReluTanh": None, "from": "input"}, "c": {"add": None, "from": ["a", "b"]}}),
        ("{a: {x: relu, y: {linear: 4}}, b: {linear: 4}, d: {c: {linear: 4, shares: b}, e: {again: a.y}}}",
         {"a": {"x": "relu", "y": {"linear": 4}}, "b": {"linear": 4},
          "d": {"c": {"linear": 4, "shares": "b"}, "e": {"again": "a.y"}}}),
        ("{r: {linear: 3}, m: {experts: {expert: relu, count: 3, active: 2}, from: [input, r]},"
         " o: {again: m, from: [m, r]}}",
         {"r": {"linear": 3}, "m": {"experts": {"expert": "relu", "count": 3, "active": 2}, "from": ["input", "r"]},
          "o": {"again": "m", "from": ["m", "r"]}}),
        ("{a: relu, d: {chain: {x: {linear: 4}, y: tanh}, training_only: true},"
         " e: {gelu: , training_only: true}, f: relu}",
         {"a": "relu", "d": {"chain": {"x": {"linear": 4}, "y": "tanh"}, "training_only": True},
          "e": {"gelu": None, "training_only": True}, "f": "relu"}),
        ("{a: [[{linear: 4}, relu], gelu], d: {chain: [{linear: 6}, gelu], from: a}, e: {chain: [tanh], from: a}}",
         {"a": [[{"linear": 4}, "relu"], "gelu"], "d": [{"linear": 6}, "gelu"],
          "e": {"chain": ["tanh"], "from": "a"}}),
        ("{a: {chain: {X: relu, k: tanh}}, b: {chain: {repeat: relu, k: tanh}},"
         " c: {chain: {0: relu, k: tanh}}, d: {x: relu}}",
         {"a": {"chain": {"X": "relu", "k": "tanh"}}, "b": {"chain": {"repeat": "relu", "k": "tanh"}},
          "c": {"chain": {"0": "relu", "k": "tanh"}}, "d": {"x": "relu"}}),  # no words of the language
        ("[[relu], {chain: {x: tanh, z: {add: , from: [x, input]}}}]",  # in a list it would be a layer
         [["relu"], {"chain": {"x": "tanh", "z": {"add": None, "from": ["x", "input"]}}}]),
        ("{l: relu, a: {l: tanh, x: {l: gelu, z: {add: , from: [l, input]}}, z: {add: , from: [l, x]}},"
         " b: {add: , from: [l, a]}}",
         {"l": "relu", "a": {"l": "tanh", "x": {"l": "gelu", "z": {"add": None, "from": ["l", "input"]}},
                             "z": {"add": None, "from": ["l", "x"]}}, "b": {"add": None, "from": ["l", "a"]}}),
    ],
)  # fmt: skip
def test_layers_as_they_are_written(layers: str, written: dict[str, object]) -> None:
    assert rolled(graph_of(layers, input=TOKENS))["layers"] == written


@pytest.mark.parametrize(
    "layers",
    [
        "{a: {chain: {relu: relu, from1: tanh}}, b: [relu, tanh]}",  # keys that are words
        "{a.b: relu, c: tanh, a.d: relu}",  # a name that begins twice
        "{c0: relu, c1: [relu], c2: [tanh], c3: [relu], x: {concat: , from: [input, c1, c2, c3]}}",  # c0 fits c{*} too
        "{s: relu, d1: [relu], d2: {concat: , from: [s, d1]}, d3: [relu], x: {concat: , from: [s, d1, d2, d3]}}",
        "{s: relu, d1: [relu], d2: {chain: [{concat: , from: [s, d1]}, {concat: , from: [d2.0, d1]}]}}",  # d1 later too
        "{s: relu, d1: [relu], d2: [tanh], d3: [relu], x: {concat: , from: [s, d2, d1, d3]}}",  # another order
        "{p.d1: [relu], x: tanh, p.d2: [relu], p.d3: [tanh], p.c: {concat: , from: [x, p.d2, p.d3]}}",
        "{a.b.c: relu, a.b.d: tanh, x: tanh, a.b.e: relu, a.b.f: [relu, tanh]}",  # and what is inside of it too
        "{a: relu, a.b: tanh, a.c: tanh}",  # a layer that has the name of a chain
        "{a: {t: {tensor: {shape: [3, 8, 8]}}}, s: {add: , from: [input, a.t]}}",  # a chain of nothing but tensors
        f"{{a: [{POINT}, {{again: '0'}}], b: [{POINT}, {POINT}]}}",  # alike but for what is tied
        "{x: {a: relu, y: {a: tanh, b: {add: , from: [a, x.a]}}}}",  # a name that the nearest scope has too
        "{x: {input: relu, b: {add: , from: [input, network.input]}}, y: {input: relu, b: {add: , from: [input, x]}}}",
    ],
)
def test_names_that_could_mean_something_else(layers: str) -> None:
    rolled(graph_of(layers))


@pytest.mark.parametrize(
    ("layers", "can"),
    [
        ("{a: relu, t: {linear: 4, training_only: true}, u: {relu: , training_only: true}}", True),
        ("{a: relu, t: {chain: {x: relu, z: {add: , from: [x, a]}}, training_only: true}}", True),
        ("[relu, {splice: {x: relu, z: {add: , from: [x, x]}}, training_only: true}]", False),  # z reads x
        ("{b: [relu, {splice: {x: relu, z: tanh}, training_only: true}]}", False),
        ("[{linear: 4, bits: 8}, {layer_norm: , bits: 8}]", True),
        ("[{chain: [{linear: 4}, relu], bits: 8}]", False),  # relu has bits of its own nowhere
    ],
)
def test_what_stands_alone_can_be_rolled_up(layers: str, can: bool) -> None:
    graph = graph_of(layers, input=TOKENS)
    entries = entries_of(graph)
    assert can_roll(graph, entries) is can
    require_same(graph, spec_text(graph))
    assert (spec_text(graph) == spec_text(graph, flat=True)) or can


def test_mobilenet_v2_is_at_most_twice_as_long_as_by_hand_and_counts_the_same() -> None:
    model = load("mobilenetv2")
    text = spec_text(expand(model))
    by_hand = len(Path(model.file).read_text(encoding="utf-8").splitlines())
    assert len(text.splitlines()) <= 2 * by_hand
    assert analyse(loads(text), bits="adaptive").to_dicts() == analyse(model, bits="adaptive").to_dicts()


@pytest.mark.zoo
def test_the_median_of_published_networks_has_at_most_120_lines() -> None:
    lengths = sorted(len(spec_text(expand(load(name))).splitlines()) for name in REFERENCES)
    assert lengths[len(lengths) // 2] <= 120
