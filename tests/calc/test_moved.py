"""Bytes that a call moves: weights once, of the cache what is read and written, inputs and outputs of products."""

from fractions import Fraction
from typing import Any

import pytest

from calc.analysis import Analysis, analyse
from calc.spec import load, loads


def parts(analysis: Analysis) -> tuple[int, int, int]:
    """The bits of weights, of the cache and of activations."""
    moved = analysis.moved
    return sum(m.weights for m in moved), sum(m.cache for m in moved), sum(m.activations for m in moved)


def of_layers(layers: str, head: str = "input: [3, 8, 8]", **options: Any) -> Analysis:
    return analyse(loads(f"name: net\n{head}\nlayers:\n{layers}"), **{"bits": "8", **options})


CONVOLUTION = """
  conv: {conv2d: {out_channels: 4, kernel_size: 3, padding: 1, bias: false}}
  act: relu
  pool: {max_pool2d: 2}
  head: {conv2d: {out_channels: 2, kernel_size: 1, bias: false}}
"""


@pytest.mark.parametrize("batch", [1, 5])
def test_layers_with_macs_read_and_write_once_and_others_move_nothing(batch: int) -> None:
    found = of_layers(CONVOLUTION, batch=batch)
    weights = 4 * 3 * 9 + 2 * 4
    activations = batch * (3 * 64 + 4 * 64 + 4 * 16 + 2 * 16)
    assert parts(found) == (8 * weights, 0, 8 * activations)
    assert found.totals.bytes_moved == weights + activations
    assert [layer.bytes_moved for layer in found.layers] == [
        4 * 3 * 9 + batch * (3 * 64 + 4 * 64), 0, 0, 2 * 4 + batch * (4 * 16 + 2 * 16),
    ]  # fmt: skip
    assert found.arithmetic_intensity == Fraction(batch * (64 * 4 * 3 * 9 + 16 * 2 * 4), weights + activations)


def test_bits_are_added_up_and_rounded_up_once() -> None:
    found = of_layers("  a: {linear: {out_features: 3, bias: false}}\n  b: {linear: {out_features: 1, bias: false}}\n",
                      "input: {shape: [3], channels: last}", bits="w1a3")  # fmt: skip
    bits = (1 * 9 + 3 * (3 + 3), 1 * 3 + 3 * (3 + 1))
    assert [layer.bytes_moved for layer in found.layers] == [-(-each // 8) for each in bits] == [4, 2]
    assert found.totals.bytes_moved == -(-sum(bits) // 8) == 6


def test_a_weight_is_read_once_however_many_layers_use_it() -> None:
    layers = "  a: {linear: {out_features: 3, bias: false}}\n  b: {linear: {out_features: 3, bias: false}, shares: a}\n"
    assert parts(of_layers(layers, "input: {shape: [3], channels: last}"))[0] == 8 * 9


def test_what_is_not_run_moves_nothing_and_an_input_read_twice_is_read_once() -> None:
    layers = """
  a: {matmul: , from: [input, input]}
  aux: {conv2d: {out_channels: 2, kernel_size: 1}, training_only: true}
"""
    assert parts(of_layers(layers)) == (0, 0, 8 * (3 * 64 + 3 * 64))


IDS = "input: {shape: [6], dtype: int64}"


@pytest.mark.parametrize("batch, rows", [(1, 6), (2, 12), (9, 20)])
def test_rows_of_a_table_are_those_of_the_tokens_and_no_more_than_there_are(batch: int, rows: int) -> None:
    table = "  e: {embedding: {num_embeddings: 20, embedding_dim: 4}}\n"
    assert parts(of_layers(table, IDS, bits="fp16", batch=batch)) == (16 * rows * 4, 0, 0)


def test_a_tied_table_is_read_whole_by_the_head_alone() -> None:
    layers = """
  e: {embedding: {num_embeddings: 20, embedding_dim: 4}}
  head: {linear: {out_features: 20, bias: false}, shares: e}
"""
    assert parts(of_layers(layers, IDS)) == (8 * 20 * 4, 0, 8 * 6 * (4 + 20))


PLACES = """
  e: {embedding: {num_embeddings: 20, embedding_dim: 4}}
  p: {tensor: [30, 4]}
  s: {slice: {dim: 1, end: 6}, from: p}
  sum: {add: , from: [e, s]}
"""


def test_places_are_sliced_out_of_their_table() -> None:
    assert parts(of_layers(PLACES, IDS, bits="fp16"))[0] == 16 * (6 * 4 + 6 * 4)
    read_twice = PLACES + "  whole: {reshape: [30, 4], from: p}\n"
    assert parts(of_layers(read_twice, IDS, bits="fp16"))[0] == 16 * (6 * 4 + 30 * 4)


ATTENTION = """
name: a layer
params: {tokens: 1, past: 0, window: null}
input: {shape: [tokens, 8], channels: last}
layers:
  k: {cache: {past: past, sliding_window: window}}
  a: {attention: {num_heads: 1, is_causal: lower_right, sliding_window: window}, from: [input, k, k]}
"""


@pytest.mark.parametrize(
    "tokens, past, window, read, written",
    [(1, 9, None, 9, 1), (5, 0, None, 0, 5), (5, 3, None, 3, 5), (1, 9, 4, 3, 1), (6, 9, 4, 3, 4), (1, 2, 4, 2, 1)],
)
def test_past_tokens_that_are_seen_are_read_and_new_ones_written(
    tokens: int, past: int, window: int | None, read: int, written: int
) -> None:
    given = {"tokens": tokens, "past": past, "window": window}
    for samples in (1, 3):
        found = analyse(loads(ATTENTION), given, bits="8:llm", batch=samples)
        queries, keys, output = (tokens * 8,) * 3
        assert parts(found) == (0, 16 * samples * 8 * (read + written), 8 * samples * (queries + keys + output))


def test_what_attention_reads_of_the_cache_stands_with_it() -> None:
    found = analyse(loads(ATTENTION), {"past": 9}, bits="8:llm")
    assert [moved.cache for moved in found.moved] == [0, 16 * 8 * 1, 16 * 8 * 9]


def test_the_cache_in_blocks() -> None:
    found = analyse(loads(ATTENTION.replace("8]", "64]")), {"past": 9}, kv="q8_0")
    assert parts(found)[1] == (9 + 1) * 64 // 32 * 34 * 8


EXPERTS = """
  gate: {linear: {out_features: 8, bias: false}}
  mix: {experts: {expert: {linear: {out_features: 4, bias: false}}, count: 8, active: 2}, from: [input, gate]}
"""


@pytest.mark.parametrize("tokens, batch, touched", [(1, 1, 2), (3, 1, 6), (3, 2, 8), (1, 3, 6), (100, 1, 8)])
def test_experts_that_the_tokens_can_choose(tokens: int, batch: int, touched: int) -> None:
    found = of_layers(EXPERTS, f"input: {{shape: [{tokens}, 4], channels: last}}", batch=batch)
    assert parts(found)[0] == 8 * (4 * 8 + touched * 16)
    least = sum([moved.least_weights for moved in found.moved])
    assert least == 8 * (4 * 8 + 2 * 16)
    each = batch * tokens
    assert parts(found)[2] == 8 * each * (4 + 8 + 2 * (4 + 4))


def test_llama_reads_all_but_the_table_of_which_one_row() -> None:
    found = analyse(load("llama3_8b"), {"tokens": 1, "past": 8191}, bits="bf16")
    weights, cache, _ = parts(found)
    assert weights == 16 * (8_030_261_248 - 128_256 * 4096 + 4096)
    assert cache == 8 * found.totals.kv_bytes == 8 * 8192 * 131_072


def test_of_what_is_not_known_the_bytes_are_at_least() -> None:
    layers = "  odd: {opaque: {op: a, shape: [3, 8, 8], reason: b, tensors: none}}\n"
    found = of_layers(CONVOLUTION + layers.replace("[3, 8, 8]", "[2, 4, 4]"))
    assert "bytes_moved" in found.at_least
    assert found.arithmetic_intensity is None
