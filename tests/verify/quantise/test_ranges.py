import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verify.quantise.tensors import weights
from verify.quantise import Scheme, quantise

pytestmark = pytest.mark.torch


def squared_error(tensor, scheme):
    return (tensor.double() - quantise(tensor, scheme).values.double()).square().sum().item()


@settings(deadline=None, max_examples=100)
@given(weights(), st.floats(1, 100))
def test_a_symmetric_percentile_is_a_magnitude_of_that_rank(tensor, percentile):
    quantised = quantise(tensor, Scheme(8, axis=0, estimator="percentile", percentile=percentile))
    for row, scale, zero in zip(tensor.tolist(), quantised.scale.tolist(), quantised.all_zero.tolist(), strict=True):
        magnitudes = sorted(map(abs, row))
        limit = magnitudes[max(1, math.ceil(percentile * len(row) / 100)) - 1]
        if limit / 127 < 2.0**-126:
            limit = magnitudes[-1]
        assert scale == pytest.approx(1.0 if zero else limit / 127, rel=1e-6)


def test_an_affine_percentile_cuts_either_end():
    tensor = torch.arange(-20.0, 80.0)
    quantised = quantise(tensor, Scheme(8, symmetric=False, estimator="percentile", percentile=90))
    low, high = -20 + 10, 79 - 10
    assert quantised.scale.item() == pytest.approx((high - low) / 255)
    assert quantised.zero_point == round(-low / ((high - low) / 255))


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_percentile_of_zero_falls_back_to_the_maximum(symmetric):
    sparse = torch.zeros(1000)
    sparse[7] = 0.3
    percentile = Scheme(8, symmetric=symmetric, estimator="percentile", percentile=99)
    assert torch.equal(quantise(sparse, percentile).values, quantise(sparse, Scheme(8, symmetric=symmetric)).values)
    assert quantise(sparse, percentile).values[7].item() == pytest.approx(0.3)


@settings(deadline=None, max_examples=30)
@given(weights(max_channels=1), st.integers(2, 8), st.booleans())
def test_least_squares_is_never_worse_than_the_maximum(tensor, bits, symmetric):
    least = squared_error(tensor, Scheme(bits, symmetric=symmetric, estimator="mse"))
    assert least <= squared_error(tensor, Scheme(bits, symmetric=symmetric))


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_least_squares_finds_the_best_clipping_of_a_normal_tensor(bits):
    tensor = torch.randn(4000, generator=torch.Generator().manual_seed(0))
    scheme = Scheme(bits, estimator="mse")
    qmax, largest = 2 ** (bits - 1) - 1, tensor.abs().max().item()
    by_hand = min(
        (tensor.double() - (tensor.double() / scale).round().clamp(-qmax - 1, qmax) * scale).square().sum().item()
        for scale in (largest * step / 1000 / qmax for step in range(1, 1001))
    )
    assert squared_error(tensor, scheme) <= 1.005 * by_hand
    assert squared_error(tensor, scheme) < 0.9 * squared_error(tensor, Scheme(bits))


def test_least_squares_keeps_a_channel_whose_clipped_scales_would_be_too_small():
    tensor = torch.tensor([3e-36, -1e-36])
    quantised = quantise(tensor, Scheme(4, estimator="mse"))
    assert not quantised.all_zero
    assert quantised.values.tolist() == pytest.approx(tensor.tolist(), rel=0.2)


def test_an_affine_range_reaches_to_zero():
    for sign in (1, -1):
        quantised = quantise(sign * torch.tensor([0.9, 1.0]), Scheme(8, symmetric=False))
        assert quantised.scale.item() == pytest.approx(1.0 / 255)
        assert quantised.zero_point == (0 if sign > 0 else 255)


def test_least_squares_chooses_for_each_channel():
    tensor = torch.randn(3, 500, generator=torch.Generator().manual_seed(1)) * torch.tensor([[0.01], [1.0], [300.0]])
    scheme = Scheme(4, axis=0, estimator="mse")
    whole = quantise(tensor, scheme)
    for channel, row in enumerate(tensor):
        alone = quantise(row, Scheme(4, estimator="mse"))
        assert alone.scale == whole.scale[channel]
        assert torch.equal(alone.codes, whole.codes[channel])


@settings(deadline=None, max_examples=100)
@given(weights(max_channels=1), st.integers(2, 16))
def test_an_affine_maximum_puts_the_lowest_value_on_the_lowest_code(tensor, bits):
    quantised = quantise(tensor, Scheme(bits, symmetric=False))
    if not quantised.all_zero and tensor.min() < 0:
        assert quantised.codes.min() == 0
    if not quantised.all_zero:
        assert quantised.codes.max() >= 2**bits - 2 or tensor.max() <= 0
