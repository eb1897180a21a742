"""Every layer with weights has measured BitOps, and contradictions are listed with both values."""

import pytest
import torch
from torch import nn

from calc.analysis import analyse
from calc.spec import expand, loads
from verify import verification
from verify.build import conv
from verify.compare import Mismatch
from verify.measure import dispatcher
from verify.quantise import report as quantise_report
from verify.verification import Verification, verify

pytestmark = pytest.mark.torch

MIXED = """
name: mixed
input: {shape: [5, 8], channels: last}
layers:
  attention: {multihead_attention: {num_heads: 2}}
  queries: {tensor: {shape: [3, 8]}}
  learnt: {scaled_dot_product_attention: {}, from: [queries, attention, attention]}
"""

ARRIVING = """
name: arriving
input: [3, 8, 8]
layers:
  kernel: {tensor: {shape: [4, 3, 3, 3]}}
  layer: {conv2d: {out_channels: 4, kernel_size: 3, bias: false}, from: [input, kernel]}
"""

CHAIN = """
name: chain
input: [6]
layers:
  first: {linear: 4}
  act: relu
  last: {linear: {out_features: 3, bias: false}}
"""


def run(spec: str, bits: str, device: str = "cpu") -> Verification:
    return verify(analyse(expand(loads(spec)), bits=bits), device=device)


def test_a_run_that_measures_nothing_does_not_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "measured_weight_bits", lambda *_: {})
    found = run(CHAIN, "8")
    assert not found.agrees
    assert list(map(str, found.mismatches)) == [
        "first: quantised weights 1 by calc, 0 by the quantised run",
        "last: quantised weights 1 by calc, 0 by the quantised run",
        f"total: bits of codes {8 * (6 * 4 + 4 * 3)} by calc, 0 by the quantised run",
    ]
    assert {row.reason for row in found.bitops.values()} == {"none of its weights was quantised"}


def test_one_of_a_layers_weights_that_was_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "measured_weight_bits", lambda *_: {"attention": (4,)})
    spec = MIXED[: MIXED.index("  queries")]
    assert Mismatch("attention", "quantised weights", 2, 1, "the quantised run") in run(spec, "w4a8").mismatches


def test_a_weight_that_arrives_is_quantised_and_measured() -> None:
    found = run(ARRIVING, "w3a5")
    assert found.agrees
    macs = 4 * 3 * 3 * 3 * 6 * 6
    assert found.bitops["layer"][:2] == ((3,), 3 * macs)
    (report,) = found.quantised["layer"]
    assert (report.name, report.elements, report.bits_needed) == ("layer.input 1", 4 * 3 * 3 * 3, 3)


def test_the_quantised_form_of_an_arriving_weight_is_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    plain = conv.FUNCTIONS[2]

    def conv2d(x: torch.Tensor, weight: torch.Tensor, *rest: object) -> torch.Tensor:
        if not weight.is_meta:
            seen.append(len(weight.unique()))
        return plain(x, weight, *rest)

    monkeypatch.setitem(conv.FUNCTIONS, 2, conv2d)
    assert run(ARRIVING, "2").agrees
    # of 108 weights: all different as they are, -1, 0 and 1 times a scale in the last run
    assert (seen[0], seen[-1]) == (4 * 3 * 3 * 3, 3)


def test_weights_and_activations_of_other_widths_in_one_layer() -> None:
    found = run(MIXED, "w4a8")
    assert found.agrees
    projections, products = 4 * 5 * 8 * 8, 2 * 5 * 5 * 8
    assert found.bitops["attention"][:2] == ((4, 4), 4 * projections + 8 * products)
    # the scores of learnt queries have a weight; their sums of values have none
    assert found.bitops["learnt"][:2] == ((4,), 4 * 3 * 5 * 8 + 8 * 3 * 5 * 8)
    assert all(row.bitops is not None for row in found.bitops.values())


def test_what_has_no_codes_says_why() -> None:
    found = run(CHAIN, "w24a8")
    assert found.agrees
    reason = "weights of 24 bits have no codes, because the quantiser takes at most 16"
    assert [(row.bitops, row.reason) for row in found.bitops.values()] == [(None, reason)] * 2
    assert [row.bitops for row in run(CHAIN, "fp32").bitops.values()] == [6 * 4 * 32, 4 * 3 * 32]


def test_nothing_is_quantised_on_meta() -> None:
    found = run(CHAIN, "8", "meta")
    assert (found.agrees, found.bitops, found.quantised) == (True, {}, {})


def test_a_fault_of_a_quantised_weight_is_a_mismatch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantise_report, "error_bounds", lambda tensor, _: torch.full((1,), -1.0))
    (first, _) = run(CHAIN, "8").mismatches
    assert (first.layer, first.quantity, first.way) == ("first", "weight quantised", "the quantiser")
    assert str(first.measured).endswith("is above its bound of -1.0")


def test_counters_that_contradict_each_other_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dispatcher.MISSING_FORMULAS, torch.ops.aten.addmm, lambda *_, **__: 2 * 7)
    assert list(map(str, run(CHAIN, "fp32").mismatches)) == [
        f"first: macs {6 * 4} by calc, 7 by the dispatcher",
        f"first: bitops.weight {6 * 4 * 32} by calc, {7 * 32} by its codes",
    ]


def test_a_layer_that_changes_on_meta_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = nn.ReLU.forward

    def forward(self: nn.ReLU, x: torch.Tensor) -> torch.Tensor:
        out = plain(self, x)
        # the first pass on meta builds, on no batch of 2
        return out[:1] if out.is_meta else out

    monkeypatch.setattr(nn.ReLU, "forward", forward)
    found = verify(analyse(expand(loads(CHAIN)), bits="fp32", batch=2))
    shapes = [mismatch for mismatch in found.mismatches if mismatch.quantity == "output shape"]
    assert shapes == [
        Mismatch("act", "output shape", (2, 4), (1, 4), "hooks on meta"),
        Mismatch("last", "output shape", (2, 3), (1, 3), "hooks on meta"),
    ]
