import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verify.quantise.tensors import near_ties, scales, weights
from verify.quantise import QuantiseError, Scheme, layer_report, quantise, quantise_given

pytestmark = pytest.mark.torch


def report(tensor, scheme):
    return layer_report("features.0", tensor, quantise(tensor, scheme))


def test_a_small_layer_by_hand():
    weight = torch.tensor([3.0, -1.0, 0.25, 0.0])
    by_hand = report(weight, Scheme(3))
    # scale 3 / 3 = 1: codes 3, -1, 0, 0
    assert (by_hand.name, by_hand.elements, by_hand.bits, by_hand.bits_needed) == ("features.0", 4, 3, 3)
    assert (by_hand.levels, by_hand.codes_in_use) == (2**3, 3)
    assert (by_hand.scale_min, by_hand.scale_max) == (1.0, 1.0)
    assert by_hand.sqnr_db == pytest.approx(10 * math.log10((9 + 1 + 0.0625) / 0.0625))
    assert by_hand.max_error == 0.25
    assert by_hand.max_error_bound == pytest.approx(0.5, rel=1e-5)
    assert (by_hand.zero_channels, by_hand.faults, by_hand.warnings) == (0, (), ())


@settings(deadline=None, max_examples=100)
@given(
    weights(),
    st.integers(1, 16),
    st.booleans(),
    st.sampled_from([None, 0]),
    st.booleans(),
    st.sampled_from(["max", "percentile", "mse"]),
)
def test_no_quantiser_has_a_fault(tensor, bits, symmetric, axis, narrow_range, estimator):
    symmetric, estimator = (True, "max") if bits == 1 else (symmetric, estimator)
    scheme = Scheme(bits, symmetric, axis, narrow_range, estimator, percentile=70)
    assert report(tensor, scheme).faults == ()


@settings(deadline=None, max_examples=100)
@given(st.data(), st.integers(2, 16), st.booleans(), scales)
def test_errors_at_ties_and_outside_the_range_stay_within_the_bound(data, bits, symmetric, scale):
    scheme = Scheme(bits, symmetric=symmetric, estimator="given")
    tensor = data.draw(near_ties(scale, scheme.qmin, scheme.qmax, elements=6))
    zero = data.draw(st.integers(scheme.qmin, scheme.qmax))
    quantised = quantise_given(tensor, scheme, torch.tensor(scale), torch.tensor(zero, dtype=torch.int32))
    result = layer_report("layer", tensor, quantised)
    assert result.max_error <= result.max_error_bound
    assert result.faults == ()


# binary: max|w| less the scale mean|w|; ternary: the scale, which is the one weight above the threshold
@pytest.mark.parametrize("scheme, bound", [(Scheme(1), 4 - 4.3 / 4), (Scheme(2, ternary=True), 4.0)])
def test_low_bits_have_a_bound_too(scheme, bound):
    weight = torch.tensor([0.1, -0.2, 4.0, 0.0])
    result = report(weight, scheme)
    assert result.max_error_bound == pytest.approx(bound)
    assert result.max_error <= result.max_error_bound
    assert result.faults == ()


def test_an_error_above_the_bound_is_a_fault():
    weight = torch.tensor([[3.0, -1.0], [300.0, -100.0]])
    quantised = quantise(weight, Scheme(3, axis=0))
    moved = weight + torch.tensor([[0.0, 0.75], [0.0, 0.0]])
    # the error is below the bound of the other channel: each must keep its own
    assert layer_report("layer", weight, quantised).faults == ()
    (fault,) = layer_report("layer", moved, quantised).faults
    assert fault.startswith("an error of 0.75 is above its bound of 0.50000")


def test_unused_bits_are_a_fault_if_the_scale_is_the_maximum_and_a_warning_otherwise():
    weight = torch.tensor([1.0, -2.0, 0.0])
    given = quantise_given(weight, Scheme(8, estimator="given"), torch.tensor(1.0), torch.tensor(0, dtype=torch.int32))
    loose = layer_report("layer", weight, given)
    assert (loose.bits_needed, loose.faults, loose.warnings) == (2, (), ("the codes need 2 of 8 bits",))
    claimed = layer_report("layer", weight, replace(given, scheme=Scheme(8)))
    assert (claimed.faults, claimed.warnings) == (("the codes need 2 of 8 bits",), ())


def test_zero_channels_and_zero_layers_are_warned_of():
    weight = torch.tensor([[0.0, 0.0], [1.0, -0.3], [7.0, 1.0]])
    some = report(weight, Scheme(8, axis=0))
    assert (some.zero_channels, some.warnings) == (1, ("1 of 3 channels are all zero",))
    assert (some.scale_min, some.scale_max) == pytest.approx((1 / 127, 7 / 127))
    none = report(torch.zeros(2, 2), Scheme(8, axis=0))
    assert (none.zero_channels, none.warnings, none.faults) == (2, ("all zero",), ())
    assert (none.scale_min, none.scale_max, none.sqnr_db, none.max_error) == (0.0, 0.0, None, 0.0)
    assert none.max_error_bound == 0.0


def test_the_bound_allows_for_the_rounding_of_float32():
    weight = torch.tensor([32767.0, -3.0])
    # codes from -32768: 32769 with one to spare
    assert report(weight, Scheme(16)).max_error_bound == 0.5 + 32769 * (2.0**-23 + 2.0**-24)
    narrow = Scheme(16, narrow_range=True)
    assert report(weight, narrow).max_error_bound == 0.5 + 32768 * (2.0**-23 + 2.0**-24)


def test_values_that_left_their_grid_are_refused():
    quantised = quantise(torch.tensor([3.0, -1.0]), Scheme(3))
    with pytest.raises(QuantiseError, match="not a whole multiple"):
        layer_report("layer", quantised.values, replace(quantised, values=quantised.values + 0.1))


def test_the_noise_is_the_same_in_pieces(monkeypatch):
    weight = torch.randn(103, generator=torch.Generator().manual_seed(4))
    at_once = report(weight, Scheme(4))
    monkeypatch.setattr("verify.quantise.report.CHUNK_ELEMENTS", 10)
    assert report(weight, Scheme(4)).sqnr_db == pytest.approx(at_once.sqnr_db, rel=1e-12)


def test_each_bit_is_worth_about_six_decibels():
    weight = torch.rand(20000, generator=torch.Generator().manual_seed(0)) * 2 - 1
    ratios = [report(weight, Scheme(bits)).sqnr_db for bits in (6, 8, 10)]
    assert [b - a for a, b in pairwise(ratios)] == pytest.approx([12.04, 12.04], abs=0.3)
