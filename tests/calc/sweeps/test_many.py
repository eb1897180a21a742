"""Many assignments at once against analyses one by one."""

from collections.abc import Sequence
from typing import Any

import pytest

from calc.analysis import Analysis, analyse
from calc.counts import Counts
from calc.errors import OpError
from calc.model.graph import Bits, Graph
from calc.precision.base import Assigned, Assignment
from calc.spec import load
from calc.spec.load import loads
from tests.calc.graphs import Draft

numpy = pytest.importorskip("numpy", reason="needs the extra search")
many = pytest.importorskip("calc.sweeps.many")


class Given:
    """The policy of one row of weight and activation bits."""

    name = "given"

    def __init__(self, weight: Sequence[int], activation: Sequence[int]) -> None:
        self.bits = [Bits(int(w), int(a)) for w, a in zip(weight, activation, strict=True)]

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:  # a policy's arguments
        left = iter(self.bits)
        return tuple([Assigned(next(left), "") if row.products else None for row in counts])


def _equal(analysis: Analysis, weight: Any, activation: Any = None) -> None:
    found = many.evaluate_many(analysis, weight, activation)
    for row in range(len(weight)):
        totals = analysis.with_bits(Given(weight[row], weight[row] if activation is None else activation[row])).totals
        assert found.bitops_weight[row] == totals.bitops["weight"]
        assert found.bitops_product[row] == totals.bitops["product"]
        assert found.weight_bytes[row] == totals.weight_bytes


def _drawn(rows: int, layers: int, seed: int, widest: int = 64) -> Any:
    return numpy.random.default_rng(seed).integers(1, widest + 1, (rows, layers))


def _layers(analysis: Analysis) -> int:
    return sum(bool(row.products) for row in analysis.counts)


@pytest.mark.parametrize("activations", ["same", "producer", "5"])
@pytest.mark.parametrize("spec", ["mobilenetv2", "vit_b_16"])
def test_equal_to_one_by_one(spec: str, activations: str) -> None:
    analysis = analyse(load(spec), activations=activations)
    bits = _drawn(12, _layers(analysis), 1)
    _equal(analysis, bits)
    _equal(analysis, bits, _drawn(12, _layers(analysis), 2))


def test_branches_shared_weights_and_products_of_activations() -> None:
    draft = Draft(4, 6, 6)
    first = draft.add("a", "conv2d", out_channels=4, kernel_size=3, padding=1)
    draft.add("b", "conv2d", [first], out_channels=4, kernel_size=3, padding=1, shares=first)
    both = draft.add("add", "add", [first, first + 1])
    draft.add("m", "matmul", [both, first])
    draft.add("flatten", "flatten")
    draft.add("head", "linear", out_features=3)
    for activations in ("same", "producer"):
        analysis = analyse(draft.graph(), activations=activations, batch=3)
        _equal(analysis, _drawn(20, _layers(analysis), 3), _drawn(20, _layers(analysis), 4))


@pytest.mark.parametrize("channels", [2**20, 2**30])
def test_no_digit_is_lost_beyond_doubles_and_int64(channels: int) -> None:
    spec = f"""\
name: Wide
input: [{channels + 1}]
layers: [linear: {channels + 3}, linear: {channels + 1}]
"""
    analysis = analyse(loads(spec))
    assert analysis.totals.macs * 64 * 64 >= 2**53
    _equal(analysis, _drawn(20, 2, 5))
    _equal(analysis, numpy.array([[64, 63], [1, 64]]))


@pytest.mark.parametrize(
    "bits, message",
    [
        ([[8, 8, 8]], r"must be \[n, 53\]"),
        ([8] * 53, r"must be \[n, 53\]"),
        ([[8.0] * 53], "must be integers"),
        ([[0] * 53], "must be 1 to 64"),
        ([[65] * 53], "must be 1 to 64"),
        ([[8] * 53, [8] * 52], "rows of different lengths"),
    ],
)
def test_bad_bits_are_refused(bits: Any, message: str) -> None:
    with pytest.raises(OpError, match=message):
        many.evaluate_many(analyse(load("mobilenetv2")), bits)


def test_no_rows_are_no_totals() -> None:
    found = many.evaluate_many(analyse(load("mobilenetv2")), numpy.empty((0, 53), int))
    assert len(found.weight_bytes) == 0


def test_a_deployed_network_is_refused() -> None:
    with pytest.raises(OpError, match="counts networks as they are written, and this one is deployed"):
        many.evaluate_many(analyse(load("seed_depthwise_example"), deployed=True), [[8] * 3])
