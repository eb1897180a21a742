"""The expansion: names, repeats, blocks and shapes, rule by rule."""

import gc
import sys
from typing import Any

import pytest

from calc.errors import OpError, SpecError
from calc.model.graph import Bits, buffers, parameters
from calc.spec import expand, loads
from calc.spec.frames import Frame
from calc.spec.model import ModelSpec
from tests.calc.spec.written import graph_of, names, reads, refusal, sizes, text_of, words

# 1. Names are state-dict keys


def test_list_positions_open_scopes() -> None:
    graph = graph_of(
        """
        - relu
        - Unit
        - [tanh, [sigmoid]]
        - chain: [silu, gelu]
        """,
        blocks="Unit: {layers: [elu, mish]}",
    )
    assert words(graph) == [
        "0: relu",
        "1.0: elu",
        "1.1: mish",
        "2.0: tanh",
        "2.1.0: sigmoid",
        "3.0: silu",
        "3.1: gelu",
    ]


def test_mapping_keys_open_scopes() -> None:
    graph = graph_of(
        """
        stem: relu
        body: {chain: {first: Unit, second: [tanh], third: {chain: {deep: silu}}}}
        """,
        blocks="Unit: {layers: {act: elu}}",
    )
    assert words(graph) == ["stem: relu", "body.first.act: elu", "body.second.0: tanh", "body.third.deep: silu"]


def test_structures_in_a_list_take_no_number_and_the_counter_goes_on() -> None:
    graph = graph_of(
        """
        - relu
        - residual: [tanh, silu]
        - splice: [elu, [gelu]]
        - branches: [[sigmoid], [mish, relu6]]
          merge: concat
        - hardswish
        """
    )
    assert words(graph) == [
        "0: relu",
        "1: tanh",
        "2: silu",
        "add: add",
        "3: elu",
        "4.0: gelu",
        "5: sigmoid",
        "6: mish",
        "7: relu6",
        "concat: concat",
        "8: hardswish",
    ]


def test_named_members_of_structures_join_the_surrounding_scope() -> None:
    graph = graph_of(
        """
        - residual: {conv: [relu]}
          shortcut: {downsample: [tanh]}
        - branches: {left: silu, right: elu}
          merge: multiply
        - gelu
        """
    )
    assert names(graph) == ["conv.0", "downsample.0", "add", "left", "right", "multiply", "0"]


def test_structures_under_a_key_are_named_by_it() -> None:
    graph = graph_of(
        """
        a: {residual: [relu], shortcut: [tanh]}
        b: {splice: [silu, elu]}
        c: {branches: [[gelu], {named: mish}], merge: add}
        """
    )
    assert names(graph) == ["a.0", "a.1", "a.add", "b.0", "b.1", "c.0", "c.named", "c.add"]


def test_a_dropped_member_takes_no_number() -> None:
    graph = graph_of(
        "[relu, {tanh: , when: 1 > 2}, {splice: [elu, mish], when: false}, silu, {gelu: , repeat: 0}, relu6]"
    )
    assert words(graph) == ["0: relu", "1: silu", "2: relu6"]


def test_a_loop_may_count_in_i() -> None:
    graph = graph_of(
        """
        - {linear: i, for: i, over: 'range(1, 3)'}
        - {chain: [{linear: i + 5, repeat: 2}], for: {i: [1, 2]}}
        """,
        input="[4]",
    )
    assert [node.shape.sizes[-1] for node in graph.nodes[1:]] == [
        1,
        2,
        5,
        6,
        5,
        6,
    ]  # of an inner repeat it is the count


def test_a_mapping_of_layers_is_a_chain_where_it_has_a_name() -> None:
    graph = graph_of("""
        body: {first: relu, then: tanh, inner: {x: [silu], y: gelu}}
        both:
          branches: {left: {a: relu, b: tanh}, right: elu}
          merge: concat
        """)
    assert names(graph) == [
        *("body.first", "body.then", "body.inner.x.0", "body.inner.y"),
        *("both.left.a", "both.left.b", "both.right", "both.concat"),
    ]
    assert reads(graph, "both.concat") == ["both.left.b", "both.right"]


@pytest.mark.parametrize(
    "layer, fact",
    [
        ("{x: relu, y: 3}", "a layer has exactly one word, this one has 2: x, y"),
        ("{x: relu, when: true}", "unknown op x"),
        ("{con2d: {out_channels: 8, kernel_size: 1}}", "unknown op con2d"),
        ("{relu: tanh}", "takes no arguments"),
        ("{}", "a layer has exactly one word, this one has none"),
    ],
)
def test_a_mapping_that_may_be_a_slip_is_no_chain(layer: str, fact: str) -> None:
    assert fact in refusal(f"{{body: {layer}}}")


def test_null_is_no_argument_where_it_is_no_value() -> None:
    graph = graph_of(
        "[{relu: null}, {dropout: null}, {adaptive_avg_pool2d: null}, {Unit: null}]", blocks="Unit: {layers: [tanh]}"
    )
    assert names(graph) == ["0", "1", "2", "3.0"]
    assert graph.nodes[3].shape.sizes == (3, 8, 8)
    assert "needs out_features" in refusal("[{linear: null}]")


def test_merges_are_numbered_from_the_second_in_each_scope() -> None:
    graph = graph_of("[{residual: [relu]}, {residual: [relu]}, {residual: [relu]}, [{residual: [relu]}]]")
    assert names(graph) == ["0", "add", "1", "add2", "2", "add3", "3.0", "3.add"]


def test_tensor_names_may_be_dotted_or_empty() -> None:
    graph = graph_of(
        """
        token: {tensor: {shape: [4]}}
        attention: {multihead_attention: {num_heads: 2}}
        """,
        input="{shape: [5, 4], channels: last}",
    )
    assert list(parameters(graph)) == [
        "token",
        "attention.in_proj_weight",
        "attention.in_proj_bias",
        "attention.out_proj.weight",
        "attention.out_proj.bias",
    ]


def test_dotted_keys_may_repeat_a_prefix() -> None:
    graph = graph_of("{layer1.0.conv1: relu, layer1.0.bn1: tanh, layer1.1: [silu]}")
    assert names(graph) == ["layer1.0.conv1", "layer1.0.bn1", "layer1.1.0"]


def test_equal_names_are_an_error() -> None:
    assert "two layers are named a.b" in refusal("{a.b: relu, a: {chain: {b: tanh}}}")
    assert "two layers are named add" in refusal("[{residual: [relu]}, {splice: {add: relu}}]")
    of_a_scope = refusal("[{splice: {a: {chain: {b: relu}}}}, {splice: {a: tanh}}]")
    assert of_a_scope == "<text>:5:52: a (tanh): two layers are named a; the other is at <text>:5:29"
    assert "two layers are named a;" in refusal("""
        a: relu
        "{name}": {chain: [tanh], for: name, over: ["'a'"]}
    """)


# 2. chain, splice, the empty chain


def test_chain_takes_modifiers() -> None:
    assert words(graph_of("[{chain: [relu, tanh], repeat: 2}]")) == ["0.0: relu", "0.1: tanh", "1.0: relu", "1.1: tanh"]


def test_splice_repeats_into_the_surrounding_list() -> None:
    assert words(graph_of("[{splice: [relu, tanh], repeat: 2}]")) == ["0: relu", "1: tanh", "2: relu", "3: tanh"]


@pytest.mark.parametrize("layers", ["[]", "[[]]", "{a: [], b: {chain: []}}", "[{splice: []}]"])
def test_an_empty_chain_is_the_identity(layers: str) -> None:
    graph = graph_of(layers)
    assert (names(graph), graph.outputs) == ([], {"input": 0})


# 3. residual


def test_residual_adds_its_own_input() -> None:
    graph = graph_of("{stem: relu, block: {residual: [tanh]}}")
    assert reads(graph, "block.add") == ["block.0", "stem"]


def test_shortcut_transforms_the_skip() -> None:
    graph = graph_of(
        """
        - residual: {main: {conv2d: {out_channels: 8, kernel_size: 1}}}
          shortcut: {skip: {conv2d: {out_channels: 8, kernel_size: 1}}}
        """
    )
    assert reads(graph, "add") == ["main", "skip"]
    assert reads(graph, "main") == reads(graph, "skip") == ["input"]
    assert sizes(graph, "add") == (8, 8, 8)


def test_a_shortcut_whose_members_are_dropped_is_the_identity() -> None:
    graph = graph_of("[{residual: [relu], shortcut: [{tanh: , when: false}]}]")
    assert reads(graph, "add") == ["0", "input"]


def test_shortcut_when_false_leaves_no_skip() -> None:
    graph = graph_of("[{residual: [relu], shortcut: [tanh], shortcut_when: i > 0, repeat: 2}]")
    assert names(graph) == ["0", "1", "2", "add"]
    assert reads(graph, "add") == ["1", "2"]


def test_when_drops_the_whole_residual() -> None:
    assert names(graph_of("[{residual: [relu], when: false}, tanh]")) == ["0"]


# 4. branches


def test_branches_are_fed_the_same_input_and_merged() -> None:
    graph = graph_of(
        """
        - relu
        - branches:
            wide: {conv2d: {out_channels: 5, kernel_size: 1}}
            deep: [tanh, {conv2d: {out_channels: 6, kernel_size: 1}}]
            none: []
          merge: concat
        """
    )
    assert names(graph) == ["0", "wide", "deep.0", "deep.1", "concat"]
    assert reads(graph, "concat") == ["wide", "deep.1", "0"]
    assert sizes(graph, "concat") == (5 + 6 + 3, 8, 8)


def test_squeeze_excite_and_channel_split() -> None:
    squeeze = graph_of("[{branches: [[], {pool: {adaptive_avg_pool2d: 1}, gate: sigmoid}], merge: multiply}]")
    assert reads(squeeze, "multiply") == ["input", "gate"]
    assert sizes(squeeze, "multiply") == (3, 8, 8)
    split = graph_of(
        """
        - branches:
            - [{slice: {dim: 1, start: 0, end: 2}}]
            - [{slice: {dim: 1, start: 2, end: 3}}, relu]
          merge: concat
        """
    )
    assert sizes(split, "0") == (2, 8, 8)
    assert sizes(split, "1") == (1, 8, 8)
    assert sizes(split, "concat") == (3, 8, 8)


def test_a_branch_that_is_left_alone_is_not_merged() -> None:
    graph = graph_of("[{branches: {a: relu, b: {tanh: , when: false}}, merge: add}, silu]")
    assert words(graph) == ["a: relu", "0: silu"]


def test_a_tensor_may_be_a_branch() -> None:
    graph = graph_of("[{branches: [[], [{tensor: {shape: [3, 1, 1]}}]], merge: add}]")
    assert reads(graph, "add") == ["input", "0"]


# 5. for, over, repeat


def test_for_over_rows_with_repeat_innermost() -> None:
    graph = graph_of(
        """
        - conv2d: {out_channels: c + i, kernel_size: k}
          for: [k, c, n]
          over: [[1, 10, 2], [3, 20, 1]]
          repeat: n
        """
    )
    assert [(node.op.kernel_size, node.op.out_channels) for node in graph.nodes[1:]] == [(1, 10), (1, 11), (3, 20)]  # type: ignore[attr-defined]  # convolutions
    assert names(graph) == ["0", "1", "2"]


def test_for_over_columns_in_parallel() -> None:
    graph = graph_of(
        "[{conv2d: {out_channels: dim, kernel_size: 1}, for: {n: depths, dim: [4, 5]}, repeat: n}]",
        params="{depths: [1, 2]}",
    )
    assert [sizes(graph, name)[0] for name in names(graph)] == [4, 5, 5]


def test_for_one_name() -> None:
    graph = graph_of("{'stage{s}': {relu: , for: s, over: 'range(1, 4)'}}")
    assert names(graph) == ["stage1", "stage2", "stage3"]


def test_when_comes_after_repeat_and_sees_i() -> None:
    assert words(graph_of("[{relu: , repeat: 4, when: i % 2 == 1}]")) == ["0: relu", "1: relu"]


def test_inner_loops_see_outer_ones_and_i_is_the_innermost() -> None:
    graph = graph_of("{'a{x}': {chain: {'b{i}': {relu: , repeat: x}}, for: x, over: [1, 2]}}")
    assert names(graph) == ["a1.b0", "a2.b0", "a2.b1"]


def test_scalar_arguments_and_lists_of_first_fields() -> None:
    graph = graph_of("[{max_pool2d: [2, 4]}, {flatten: }, {linear: 5}]")
    assert [sizes(graph, name) for name in names(graph)] == [(3, 4, 2), (3 * 4 * 2,), (5,)]


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
    assert "in is the channels entering a block; here is no block\n  hint: write the number, or use a block" in message


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


# 9. training_only (and tests/calc/spec/test_training_only.py)


def test_the_output_of_a_training_only_member_is_not_passed_on() -> None:
    graph = graph_of("[relu, {chain: [tanh, {flatten: }, {linear: 5}], training_only: true}, silu]")
    assert reads(graph, "2") == ["0"]
    assert [node.training_only for node in graph.nodes] == [False, False, True, True, True, False]
    assert parameters(graph) == {"1.2.weight": (5, 3 * 8 * 8), "1.2.bias": (5,)}


# 10. extends: tests/calc/spec/test_load.py

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
        ((), SpecError, "input shape="),
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


# Modifiers that are not among the rules


def test_bits_are_handed_down_and_overridden() -> None:
    graph = graph_of(
        """
        - {linear: 8, bits: 8}
        - {Unit: , bits: w4a8}
        - {residual: [{linear: 8}, {linear: 8, bits: 2 * b}, relu], bits: 3}
        - {splice: [{linear: 8}], bits: b}
        - linear: 8
        """,
        input="[8]",
        params="{b: 1}",
        blocks="Unit: {is: {Inner: , bits: 5}}\nInner: {layers: [{linear: 8}, {linear: 8, bits: 6}]}",
    )
    bits = {node.name: node.bits for node in graph.nodes[1:]}
    assert bits["0"] == Bits(8, 8)
    assert (bits["1.0"], bits["1.1"]) == (Bits(5, 5), Bits(6, 6))
    assert (bits["2"], bits["3"]) == (Bits(3, 3), Bits(2, 2))
    assert bits["5"] == Bits(1, 1)
    assert bits["6"] is None


@pytest.mark.parametrize("member", ["relu", "chain: [relu, tanh]", "Unit", "residual: [relu]"])
def test_bits_where_nothing_has_macs_are_an_error(member: str) -> None:
    word, _, rest = member.partition(": ")
    message = refusal(f"[{{{word}: {rest}, bits: 4}}]", blocks="Unit: {layers: [gelu]}" if word == "Unit" else "")
    assert "bits=4: no layer here has MACs or holds tensors" in message
    graph_of(f"[{{{word}: {rest}, bits: 4, when: false}}]", blocks="Unit: {layers: [gelu]}" if word == "Unit" else "")


# The dtype


def test_token_ids_go_to_an_embedding_and_nowhere_else() -> None:
    ids = "{shape: [6], dtype: int64}"
    table = "{embedding: {num_embeddings: 9, embedding_dim: 4}}"
    graph_of(f"[{{slice: {{dim: 1, start: 0, end: 4}}}}, {{reshape: [2, 2]}}, {table}, {{linear: 3}}]", input=ids)
    assert "(linear): takes float32; what arrives are token ids, int64" in refusal("[{linear: 3}]", input=ids)
    assert "1 (relu): takes float32" in refusal("[flatten, relu]", input=ids)
    assert "(embedding): takes token ids, integers; what arrives is float32" in refusal(f"[{table}]")
    blocks = f"Unit: {{layers: [{table}]}}"
    assert "1.0 (embedding): takes token ids" in refusal("[Unit, Unit]", input=ids, blocks=blocks)
    mixed = f"{{a: {table}, b: {{flatten: , from: input}}, c: {{concat: , from: [a, b]}}}}"
    assert "c (concat): puts token ids, int64, and float32 together" in refusal(mixed, input=ids)


def test_shares_ties_to_the_first_of_equal_layers() -> None:
    graph = graph_of("{a: {linear: 8}, b: {linear: 8, shares: a}, c: {linear: 8, shares: b, from: a}}", input="[8]")
    assert [node.shares for node in graph.nodes] == [None, None, 1, 1]
    message = refusal("{a: {linear: 8}, b: {linear: 8, shares: a}}", input="[5]")
    assert "b (linear): shares a (linear), which has weight 8×5, bias 8; its own would be weight 8×8, bias 8" in message
    assert "b (Unit): shares ties" in refusal(
        "{a: relu, b: {$word: , shares: a}}", params="{word: Unit}", blocks="Unit: {layers: [relu]}"
    )


def test_a_layer_without_inputs_is_read_by_name_only() -> None:
    graph = graph_of(
        "{stem: relu, scale: {tensor: {shape: [3, 1, 1]}}, act: tanh, out: {multiply: , from: [act, scale]}}"
    )
    assert reads(graph, "act") == ["stem"]
    assert reads(graph, "out") == ["act", "scale"]
    assert [node.batched for node in graph.nodes] == [True, True, False, True, True]
    assert (parameters(graph), buffers(graph)) == ({"scale": (3, 1, 1)}, {})


# Blocks that are another name


def test_an_alias_adds_no_name() -> None:
    graph = graph_of(
        "[Norm, {Act: }, Both, Skip]",
        blocks="""
        Norm: {is: batch_norm}
        Act: {params: {slope: 0.2}, is: {leaky_relu: slope}}
        Both: {is: [Norm, Act]}
        Skip: {is: {residual: [Act]}}
        """,
    )
    assert words(graph) == [
        "0: batch_norm",
        "1: leaky_relu",
        "2.0: batch_norm",
        "2.1: leaky_relu",
        "3.0: leaky_relu",
        "3.add: add",
    ]
    assert reads(graph_of("[Skip, {relu: , from: 0}]", blocks="Skip: {is: {residual: [relu]}}"), "1") == ["0.add"]


# What is said of a failure


def test_what_a_failed_layer_feeds_stays_silent() -> None:
    message = refusal(
        "[{linear: 3}, relu, {residual: [tanh]}, Unit, {conv2d: {out_channels: 8, kernel_size: 99}, from: input}]",
        blocks="Unit: {layers: [{linear: in}]}",
    )
    lines = [line for line in message.split("\n") if not line.startswith(" ")]
    assert len(lines) == 2
    assert ": 0 (linear): needs its channels" in lines[0]
    assert ": 4 (conv2d): a window of 99" in lines[1]


def test_one_mistake_in_a_block_is_said_once() -> None:
    message = refusal(
        "[{Unit: , repeat: 20, from: input}]",
        blocks="Unit: {layers: [{conv2d: {out_channels: 8, kernel_size: in, groups: 7}}]}",
    )
    assert message.count("groups=7 does not divide") == 1
    assert "0.0 (conv2d)" in message


def test_fifty_problems_are_shown_and_the_rest_counted() -> None:
    layers = "".join(f"- {{conv2d: {{out_channels: 8, kernel_size: {9 + i}}}, from: input}}\n" for i in range(80))
    message = refusal(layers)
    assert message.count("a window of") == 50
    assert message.endswith("\nand 30 more problems")


def test_notes_tell_calls_and_origins() -> None:
    message = refusal(
        "{stage: {Outer: {width: 7}}}",
        blocks="""
        Inner: {params: {g: 1}, layers: [{conv2d: {out_channels: 14, kernel_size: 1, groups: g}}]}
        Outer: {params: {width: }, layers: [{Inner: {g: width}}]}
        """,
    )
    lines = message.split("\n")
    assert lines[0].endswith("stage.0.0 (conv2d): groups=7 does not divide in_channels=3")
    assert lines[1].startswith("  in stage.0 (Inner) at <text>:")
    assert lines[2].startswith("  in stage (Outer) at <text>:")
    assert lines[3].startswith("  groups = g, given as width at <text>:")
    assert ", which is 7 at <text>:" in lines[3]


def test_at_most_three_calls_are_told() -> None:
    blocks = "\n".join(f"B{i}: {{layers: [B{i + 1}]}}" for i in range(6)) + "\nB6: {layers: [{linear: 3}]}"
    assert refusal("[B0]", blocks=blocks).count("  in 0.0.0") == 3


def test_nothing_left_of_branches_is_said_of_the_layer_that_has_them() -> None:
    dropped = "{relu: , when: false}"
    message = refusal(f"{{a: {{branches: {{x: {dropped}, y: {dropped}}}, merge: add}}}}")
    assert message == "<text>:5:8: a: no branch is left: when drops them all"


def test_bits_without_macs_are_said_of_the_layer() -> None:
    assert (
        refusal("{a: {relu: , bits: 4}}")
        == "<text>:5:8: a (relu): bits=4: no layer here has MACs or holds tensors\n  hint: remove bits:"
    )
    assert refusal("{a: {chain: [relu, tanh], bits: w4a8}}").startswith("<text>:5:8: a: bits=w4a8: no layer")


@pytest.mark.parametrize("body", ["layers: [[], B{}]", "is: B{}", "layers: [{{residual: [], shortcut: [B{}]}}]"])
def test_what_nests_too_deep_is_refused_at_the_limit(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    levels = 1 if "shortcut" not in body else 2

    def nested(blocks: int) -> str:
        called = "".join(f"B{i}: {{{body.format(i + 1)}}}\n" for i in range(blocks - 1))
        return called + f"B{blocks - 1}: {{layers: [relu]}}\n"

    monkeypatch.setattr(sys.modules["calc.spec.expand"], "MAX_DEPTH", 1 + 5 * levels + 1)  # the network, five, the last
    assert len(graph_of("[[relu], B0]", blocks=nested(6)).nodes) >= 3
    message = refusal("[[relu], B0]", blocks=nested(7))
    fact = f"blocks and chains nest deeper than {5 * levels + 2} levels\n  hint: does a block call itself?"
    assert fact in message


def test_a_block_that_nothing_reaches_may_not_have_the_name_of_a_layer_either() -> None:
    layers = """{a: relu, wrong: {linear: 3}, '{n}': {Unit: , from: wrong, for: n, over: ["'a'"]}}"""
    message = refusal(layers, blocks="Unit: {layers: [relu]}")
    assert "wrong (linear): needs its channels" in message
    assert "a: two layers are named a; the other is at" in message


@pytest.mark.parametrize(
    "arguments, message",
    [
        (([1],), "params=[1]: must be a mapping of names to values\nsuch as {'width': 0.5}"),
        (({1: 2},), "params={1: 2}: must be a mapping of names to values\nsuch as {'width': 0.5}"),
        (({}, "3x8x8"), "input='3x8x8': must be sizes of one sample, without the batch\nsuch as (3, 224, 224)"),
        (({}, 3), "input=3: must be sizes of one sample, without the batch\nsuch as (3, 224, 224)"),
        ((["x" * 99],), f"params=['{'x' * 58}: must be a mapping of names to values\nsuch as {{'width': 0.5}}"),
    ],
)
def test_arguments_of_another_kind(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(OpError) as caught:
        expand(loads(text_of("[relu]")), *arguments)
    assert f"{caught.value.fact}\n{caught.value.hint}" == message


def test_what_is_no_spec_is_not_expanded() -> None:
    with pytest.raises(OpError) as caught:
        expand("mobilenetv2")  # type: ignore[arg-type]  # what is tested
    assert (caught.value.fact, caught.value.hint) == ("'mobilenetv2' is no spec", "load(...) gives one")


def test_a_chain_of_nothing_but_tensors_stands_for_the_last_and_is_no_part_of_the_flow() -> None:
    graph = graph_of(
        """
        tok: {linear: 8}
        pos: {weight: {tensor: {shape: [5, 8]}}}
        sum: {add: , from: [tok, pos]}
        act: relu
        """,
        input="{shape: [5, 8], channels: last}",
    )
    assert reads(graph, "sum") == ["tok", "pos.weight"]
    assert reads(graph, "act") == ["sum"]


def test_a_network_of_nothing_but_a_tensor_hands_its_input_on() -> None:
    graph = graph_of("p: {tensor: {shape: [4]}}")
    assert list(graph.outputs.values()) == [0]


def test_a_spec_and_its_expansion_are_freed_without_the_collector() -> None:
    def alive() -> int:
        return sum([type(each) in (ModelSpec, Frame) for each in gc.get_objects()])

    gc.collect()
    collecting, before = gc.isenabled(), alive()
    gc.disable()
    try:
        graph = graph_of("[Outer]", blocks="Outer: {layers: [Unit, relu]}\nUnit: {layers: [tanh]}")
        assert len(graph.layers) == 2
        assert alive() == before
    finally:
        if collecting:
            gc.enable()
