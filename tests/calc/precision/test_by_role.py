"""Bytes by role, and stored bits for each weight."""

from fractions import Fraction

from calc.analysis import analyse
from calc.spec import load, loads
from tests.calc.graphs import Draft
from tests.calc.precision.test_roles import LANGUAGE_MODEL

BLOCKS = """
name: blocks
input: {shape: [64], channels: last}
layers:
  layers:
    - {repeat: 2, chain: {matrix: {linear: {out_features: 64, bias: false}}, norm: layer_norm}}
  head: {linear: {out_features: 10, bias: false}}
"""


def test_each_role_has_its_bytes() -> None:
    analysis = analyse(loads(LANGUAGE_MODEL), bits="int4g64")
    matrix, table = 64 * 64, 100 * 64
    assert analysis.weight_bytes_by_role == {
        "weights": matrix // 2 + 2 * 64, "head": 2 * table, "biases": 2 * 64, "norms": 2 * 2 * 64,
        "embeddings": 2 * table,
    }  # fmt: skip
    assert sum(analysis.weight_bytes_by_role.values()) == analysis.totals.weight_bytes
    assert analysis.formats_by_role == {
        "weights": ("int4g64",), "head": ("bf16",), "biases": ("bf16",), "norms": ("bf16",), "embeddings": ("bf16",),
    }  # fmt: skip


def test_bits_for_each_weight_of_all_of_the_quantised_and_of_what_repeats() -> None:
    found = analyse(loads(BLOCKS), bits="int4g64").effective_bits
    matrices, norms, head = 2 * 64 * 64, 2 * 2 * 64, 64 * 10
    stored = 4 * matrices + 16 * 2 * 64
    assert found.quantised == Fraction(stored, matrices) == Fraction("4.25")
    assert found.codes == 4
    assert found.repeated == Fraction(stored + 16 * norms, matrices + norms)
    assert found.all == Fraction(stored + 16 * norms + 16 * head, matrices + norms + head)


def test_nothing_is_quantised_in_half_precision_and_nothing_is_stored_without_params() -> None:
    draft = Draft(3, 8, 8)
    draft.add("act", "relu")
    assert analyse(loads(BLOCKS), bits="fp16").effective_bits == (16, None, 16, None)
    assert analyse(draft.graph()).effective_bits == (None, None, None, None)


def test_vit_in_groups_of_128() -> None:
    assert analyse(load("vit_b_16"), bits="int4g128").effective_bits.quantised == Fraction("4.125")


def test_weights_that_are_not_run_are_told_apart() -> None:
    draft = Draft(1, 6, 6)
    draft.add("stem", "conv2d", out_channels=4, kernel_size=1, bias=False)
    draft.add("aux", "conv2d", training_only=True, out_channels=1000, kernel_size=1, bias=False)
    draft.add("a", "conv2d", (1,), out_channels=1, kernel_size=3, bias=False)
    analysis = analyse(draft.graph(), bits="8")
    assert analysis.weight_bytes_by_role == {"weights": 4, "head": 4 * 9, "not_run": 4 * 4000}
    assert (analysis.totals.weight_bytes, analysis.training_only_weight_bytes) == (4 + 36 + 16_000, 16_000)
