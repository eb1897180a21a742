"""The expansion, rule by rule: structures, repeats, modifiers, dtypes and blocks that are another name."""

import pytest

from calc.model.graph import Bits, buffers, parameters
from tests.calc.spec.written import graph_of, names, reads, refusal, sizes, words

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


# 9. training_only (and tests/calc/spec/test_training_only.py)


def test_the_output_of_a_training_only_member_is_not_passed_on() -> None:
    graph = graph_of("[relu, {chain: [tanh, {flatten: }, {linear: 5}], training_only: true}, silu]")
    assert reads(graph, "2") == ["0"]
    assert [node.training_only for node in graph.nodes] == [False, False, True, True, True, False]
    assert parameters(graph) == {"1.2.weight": (5, 3 * 8 * 8), "1.2.bias": (5,)}


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
    assert "(linear): takes float32, but token ids (int64) arrive" in refusal("[{linear: 3}]", input=ids)
    assert "1 (relu): takes float32" in refusal("[flatten, relu]", input=ids)
    assert "(embedding): takes token ids (int64), but float32 arrives" in refusal(f"[{table}]")
    blocks = f"Unit: {{layers: [{table}]}}"
    assert "1.0 (embedding): takes token ids" in refusal("[Unit, Unit]", input=ids, blocks=blocks)
    mixed = f"{{a: {table}, b: {{flatten: , from: input}}, c: {{concat: , from: [a, b]}}}}"
    assert "c (concat): joins token ids (int64) with float32" in refusal(mixed, input=ids)


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
