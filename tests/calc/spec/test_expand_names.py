"""What layers are called: names are the keys of a state dict."""

import pytest

from calc.model.graph import parameters
from tests.calc.spec.written import graph_of, names, reads, refusal, words


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
