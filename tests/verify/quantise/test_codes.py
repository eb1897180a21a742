"""Measured bits: equal to the width where the scale is max|w|, and able to fail."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verify.quantise.tensors import weights
from verify.quantise import QuantiseError, Scheme, measured_bits, quantise

pytestmark = pytest.mark.torch

ZERO = torch.tensor(0, dtype=torch.int32)
ONE = torch.tensor(1.0)


def measure(quantised):
    return measured_bits(quantised.values, quantised.scale, quantised.zero_point, quantised.scheme)


@settings(deadline=None, max_examples=100)
@given(weights(), st.integers(1, 16), st.booleans(), st.sampled_from([None, 0, 1]), st.booleans())
def test_a_scale_from_the_maximum_needs_every_bit(tensor, bits, symmetric, axis, narrow_range):
    scheme = Scheme(bits, symmetric=symmetric or bits == 1, axis=axis, narrow_range=narrow_range)
    quantised = quantise(tensor, scheme)
    if not quantised.all_zero.all():
        assert measure(quantised) == bits


@settings(deadline=None, max_examples=60)
@given(weights(), st.integers(2, 16))
def test_symmetric_codes_need_a_sign_and_the_bits_of_the_largest(tensor, bits):
    codes = quantise(tensor, Scheme(bits, narrow_range=True)).codes
    wide = Scheme(16, narrow_range=True)
    assert measured_bits(codes.float(), ONE, ZERO, wide) == max(2, 1 + int(codes.abs().max()).bit_length())


@pytest.mark.parametrize("width", range(2, 17))
def test_the_width_grows_at_each_power_of_two(width):
    largest = torch.tensor([2.0 ** (width - 1) - 1])
    assert measured_bits(largest, ONE, ZERO, Scheme(16)) == width
    assert measured_bits(-largest - 1, ONE, ZERO, Scheme(16)) == width  # two's complement holds one more below zero
    affine = Scheme(16, symmetric=False)
    assert measured_bits(torch.tensor([2.0**width - 1]), ONE, ZERO, affine) == width
    if width < 16:
        assert measured_bits(-largest - 1, ONE, ZERO, Scheme(16, narrow_range=True)) == width + 1
        assert measured_bits(largest + 1, ONE, ZERO, Scheme(16)) == width + 1
        assert measured_bits(torch.tensor([2.0**width]), ONE, ZERO, affine) == width + 1


def test_nine_weights_may_need_sixteen_bits():
    channel = torch.linspace(-1, 1, 9).reshape(1, 1, 3, 3)
    assert measure(quantise(channel, Scheme(16))) == 16


def test_an_affine_tensor_that_is_all_negative_needs_the_bits_of_its_zero_point():
    quantised = quantise(torch.tensor([-1.0, -0.99]), Scheme(8, symmetric=False))
    assert quantised.codes.max() < 2**4
    assert measure(quantised) == 8


def test_binary_and_ternary():
    weight = torch.tensor([0.5, -0.2, 0.05, 1.0])
    assert measure(quantise(weight, Scheme(1))) == 1
    assert measure(quantise(weight, Scheme(2, ternary=True))) == 2


@pytest.mark.parametrize("axis", [None, 0])
def test_a_binary_channel_of_zeros_is_no_third_level(axis):
    weight = torch.zeros(2, 3)
    assert measure(quantise(weight, Scheme(1, axis=axis))) == 1
    weight[0] = 1.0
    assert measure(quantise(weight, Scheme(1, axis=0))) == 1
    with pytest.raises(QuantiseError, match=r"1 of 3 codes are not among the scheme's 2"):
        measured_bits(torch.tensor([1.0, 0.0, -1.0]), ONE, ZERO, Scheme(1))


def test_weights_that_were_never_quantised_are_caught():
    with pytest.raises(QuantiseError, match="not a whole multiple of their scale"):
        measured_bits(torch.tensor([0.1, 0.25]), torch.tensor(0.1), ZERO, Scheme(8))


def test_one_value_off_by_the_last_bit_is_caught():
    quantised = quantise(torch.randn(50, generator=torch.Generator().manual_seed(3)), Scheme(8))
    values = quantised.values.clone()
    values[7] = torch.nextafter(values[7], torch.tensor(9.0))
    with pytest.raises(QuantiseError, match="1 of 50 values"):
        measured_bits(values, quantised.scale, quantised.zero_point, quantised.scheme)


def test_more_bits_than_the_scheme_has_are_caught():
    quantised = quantise(torch.randn(50, generator=torch.Generator().manual_seed(3)), Scheme(8))
    with pytest.raises(QuantiseError, match="not among the scheme's 16 codes from -8 to 7"):
        measured_bits(quantised.values, quantised.scale, quantised.zero_point, Scheme(4))
    for beyond in (-9.0, 8.0):
        with pytest.raises(QuantiseError, match=f"1 of 2 codes .* such as {beyond:.0f}"):
            measured_bits(torch.tensor([1.0, beyond]), ONE, ZERO, Scheme(4))


@pytest.mark.parametrize("scheme", [Scheme(1), Scheme(2, ternary=True)], ids=str)
def test_a_code_beyond_one_is_caught(scheme):
    with pytest.raises(QuantiseError, match="such as 2"):
        measured_bits(torch.tensor([1.0, 2.0]), ONE, ZERO, scheme)


def test_values_and_grids_that_make_no_sense_are_refused():
    with pytest.raises(QuantiseError, match="NaN"):
        measured_bits(torch.tensor([torch.nan]), ONE, ZERO, Scheme(8))
    with pytest.raises(QuantiseError, match="a scale of"):
        measured_bits(torch.tensor([1.0]), torch.tensor(0.0), ZERO, Scheme(8))
