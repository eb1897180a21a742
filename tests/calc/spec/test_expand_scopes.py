"""What a body of layers sees: what enters it, params, arguments, earlier layers, what is given from outside."""

from typing import Any

import pytest

from calc.errors import OpError, SpecError
from calc.spec import expand, loads
from tests.calc.spec.written import graph_of, names, reads, refusal, sizes, text_of, words

# 6. in


def test_in_is_what_enters_the_block_throughout_its_body() -> None:
    graph = graph_of(
        "[Twice, Twice]",
        blocks="""
        Twice:
          params: {out: in * 2}
          layers:
            - conv2d: {out_channels: out, kernel_size: 1}
            - conv2d: {out_channels: in, kernel_size: 1, groups: in, bias: false}
            - conv2d: {out_channels: in + out, kernel_size: 1}
        """,
    )
    assert [sizes(graph, name)[0] for name in names(graph)] == [6, 3, 9, 18, 9, 27]


def test_in_is_that_of_the_block_in_a_nested_chain() -> None:
    graph = graph_of(
        "[Unit]",
        blocks="""
        Unit:
          layers:
            - conv2d: {out_channels: 7, kernel_size: 1}
            - [{conv2d: {out_channels: in, kernel_size: 1}}]
        """,
    )
    assert sizes(graph, "0.1.0")[0] == 3


def test_in_at_the_top_is_an_error_with_a_hint() -> None:
    message = refusal("[{conv2d: {out_channels: 6, kernel_size: 1, groups: in}}]")
    assert (
        "in is the channels that enter a block, and this is outside any block\n  hint: write the number, or use a block"
        in message
    )


def test_in_follows_the_channel_axis_of_what_enters() -> None:
    tokens = graph_of("[Unit]", input="{shape: [5, 4], channels: last}", blocks="Unit: {layers: [{linear: in * 2}]}")
    assert sizes(tokens, "0.0") == (5, 8)
    unknown = refusal("[{reshape: [32, 6]}, Unit]", blocks="Unit: {layers: [{linear: in * 2}]}")
    assert "in is not known here" in unknown


# 7. scope


def test_a_body_sees_params_but_not_the_callers_loops() -> None:
    blocks = "Unit: {params: {k: 1}, layers: [{conv2d: {out_channels: width, kernel_size: k}}]}"
    graph = graph_of("[{Unit: {k: n}, for: n, over: [1, 3]}]", params="{width: 6}", blocks=blocks)
    assert sizes(graph, "1.0") == (6, 6, 6)
    assert "unknown name n" in refusal(
        "[{Unit: , for: n, over: [1]}]", blocks="Unit: {layers: [{conv2d: {out_channels: n, kernel_size: 1}}]}"
    )
    assert "unknown name i" in refusal("[{Unit: , repeat: 2}]", blocks="Unit: {layers: [{dropout: i}]}")


def test_a_param_of_a_block_shadows_that_of_the_model() -> None:
    blocks = "Unit: {params: {width: width * 2}, layers: [{conv2d: {out_channels: width, kernel_size: 1}}]}"
    graph = graph_of(
        "[Unit, {Unit: 9}, {conv2d: {out_channels: width, kernel_size: 1}}]", params="{width: 4}", blocks=blocks
    )
    assert [sizes(graph, name)[0] for name in names(graph)] == [8, 9, 4]


def test_arguments_are_the_callers_and_defaults_the_blocks_in_order() -> None:
    blocks = """
    Unit:
      params: {a: , b: a + in, c: a * b}
      layers: [{conv2d: {out_channels: c, kernel_size: 1, bias: a > b}}]
    """
    graph = graph_of("[{Unit: {a: a}}, {Unit: [a, 2 * a]}, {Unit: {a: 1, c: 5, b: 0}}]", params="{a: 2}", blocks=blocks)
    assert [sizes(graph, name)[0] for name in names(graph)] == [2 * (2 + 3), 2 * 4, 5]


def test_a_block_calls_blocks_with_what_it_was_given() -> None:
    blocks = """
    Inner: {params: {out: }, layers: [{conv2d: {out_channels: out, kernel_size: 1}}]}
    Outer: {params: {out: }, layers: [{Inner: {out: out + 1}}, {Inner: in}]}
    """
    graph = graph_of("[{Outer: 5}]", blocks=blocks)
    assert (names(graph), sizes(graph, "0.0.0")[0], sizes(graph, "0.1.0")[0]) == (["0.0.0", "0.1.0"], 6, 3)


# 8. words in params (expressions have their own file)


def test_a_param_may_hold_an_op_or_a_block() -> None:
    blocks = (
        "{Unit: {params: {p: 0.5}, layers: [{dropout: p}]}, Other: {params: {p: 0.1}, layers: [tanh, {dropout: p}]}}"
    )
    graph = graph_of(
        "[$act, {$block: {p: 0.2}}, {$kind: , for: kind, over: [relu, Unit]}]",
        params="{act: silu, block: Other}",
        blocks=blocks,
    )
    assert words(graph) == ["0: silu", "1.0: tanh", "1.1: dropout", "2: relu", "3.0: dropout"]


def test_a_word_reaches_a_block_as_an_argument() -> None:
    blocks = "Unit: {params: {act: relu}, layers: [$act]}"
    assert words(graph_of("[Unit, {Unit: tanh}, {Unit: 'Unit if 1 > 2 else gelu'}]", blocks=blocks)) == [
        "0.0: relu",
        "1.0: tanh",
        "2.0: gelu",
    ]


def test_literal_words_of_a_field_come_first() -> None:
    graph = graph_of(
        "[{conv2d: {out_channels: 4, kernel_size: 3, padding: same}}, {conv2d: {out_channels: same, kernel_size: 3}}]",
        params="{same: 5}",
    )
    assert [sizes(graph, name) for name in names(graph)] == [(4, 8, 8), (5, 6, 6)]
    chosen = graph_of("[{conv2d: {out_channels: 4, kernel_size: 3, padding: same if i == 0 else valid}, repeat: 2}]")
    assert [sizes(chosen, name) for name in names(chosen)] == [(4, 8, 8), (4, 6, 6)]


# 11. from


def test_from_looks_here_then_outward_then_the_input() -> None:
    graph = graph_of(
        """
        stem: [relu]
        b:
          chain:
            a: tanh
            c: {silu: , from: a}
            d: {elu: , from: b.a}
            e: {gelu: , from: input}
            f: {add: , from: [c, stem.0]}
        """
    )
    assert [reads(graph, name) for name in ("b.c", "b.d", "b.e", "b.f")] == [
        ["b.a"],
        ["b.a"],
        ["input"],
        ["b.c", "stem.0"],
    ]


def test_from_means_what_a_scope_passes_on() -> None:
    graph = graph_of(
        "{stage: [relu, [tanh, silu]], side: {residual: [elu]}, out: {add: , from: [stage, stage.1.0, side]}}"
    )
    assert reads(graph, "out") == ["stage.1.1", "stage.1.0", "side.add"]


def test_from_on_structures_and_blocks() -> None:
    graph = graph_of(
        """
        a: relu
        b: tanh
        c: {residual: [silu], from: a}
        d: {Join: , from: [a, b]}
        e: {chain: [], from: a}
        """,
        blocks="Join: {inputs: [x, skip], layers: [elu, {multiply: , from: [skip, x]}, {add: , from: [0, 1]}]}",
    )
    assert reads(graph, "c.add") == ["c.0", "a"]
    assert reads(graph, "d.0") == ["a"]
    assert reads(graph, "d.1") == ["b", "a"]
    assert reads(graph, "d.2") == ["d.0", "d.1"]
    assert list(graph.outputs) == ["a"]


def test_from_takes_names_with_holes() -> None:
    graph = graph_of("{'a{i}': {relu: , repeat: 3}, 'b{i}': {tanh: , repeat: 2, from: 'a{i + 1}'}}")
    assert [reads(graph, name) for name in ("b0", "b1")] == [["a1"], ["a2"]]


def test_from_reads_earlier_members_only() -> None:
    assert "a: no earlier member is named b" in refusal("{a: {relu: , from: b}, b: tanh}")
    assert "no earlier member is named a" in refusal("{a: {relu: , from: a}}")
    assert "did you mean stem?" in refusal("{stem: relu, a: {relu: , from: stam}}")


def test_output_names_the_layer_that_is_the_networks() -> None:
    graph = expand(loads(text_of("{a: [relu, tanh], b: silu}", more="output: a.0\n")))
    assert list(graph.outputs) == ["a.0"]


# 12. input


def test_input_layouts() -> None:
    assert graph_of("[]").nodes[0].shape == ((3, 8, 8), -3)
    assert graph_of("[]", input="{shape: [197, 768], channels: last}").nodes[0].shape == ((197, 768), -1)
    tokens = graph_of("[{embedding: {num_embeddings: 100, embedding_dim: 16}}]", input="{shape: [12], dtype: int64}")
    assert tokens.nodes[0].op.dtype == "int64"  # type: ignore[attr-defined]  # the input
    assert sizes(tokens, "0") == (12, 16)


def test_input_and_params_from_outside() -> None:
    spec = loads(text_of("[{linear: classes}]", input="[width]", params="{width: 2 * 4, classes: width}"))
    assert [node.shape.sizes for node in expand(spec).nodes] == [(8,), (8,)]
    assert [node.shape.sizes for node in expand(spec, {"width": 5}).nodes] == [(5,), (5,)]
    assert [node.shape.sizes for node in expand(spec, {"classes": "width * 10"}, (9,)).nodes] == [(9,), (80,)]
    assert [node.shape.sizes for node in expand(spec).nodes] == [(8,), (8,)]


@pytest.mark.parametrize(
    "params, fact",
    [
        ({"depth": 3}, "written has no param depth"),
        ({"width": 2.5}, "input shape=[2.5]: must be a list of positive integers"),
        ({"width": "wide"}, "unknown name wide"),
        ({"width": {"a": 1}}, "the param width is {'a': 1}: must be a number"),
        ({"width": 10**30}, "is larger than 2**63"),
        ({"width": float("nan")}, "is not a finite number"),
        ({"width": True}, "input shape=[true]: must be"),
        ({"width": None}, "input shape=[null]: must be"),
        ({"width": b"8"}, "the param width is"),
    ],
)
def test_bad_params_from_outside(params: dict[str, object], fact: str) -> None:
    spec = loads(text_of("[relu]", input="[width]", params="{width: 8}"))
    with pytest.raises(SpecError) as caught:
        expand(spec, params)
    assert fact in str(caught.value)


def test_lists_from_outside_are_lists() -> None:
    spec = loads(text_of("[{relu: , for: n, over: depths}]", params="{depths: [1]}"))
    assert names(expand(spec, {"depths": [1, [2, 3]]})) == ["0", "1"]


@pytest.mark.parametrize(
    "size, kind, fact",
    [
        ((0, 1), SpecError, "input shape="),
        ((-1,), SpecError, "input shape="),
        ((3.0, 4), OpError, "must be sizes of one sample"),
        (("a",), OpError, "must be sizes of one sample"),
    ],
)
def test_bad_input_from_outside(size: Any, kind: type[Exception], fact: str) -> None:
    with pytest.raises(kind) as caught:
        expand(loads(text_of("[relu]")), None, size)
    assert fact in str(caught.value)
