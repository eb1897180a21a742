import math

import pytest
import torch
from hypothesis import given, settings

from tests.verify.quantise.tensors import weights
from verify.quantise import Scheme, quantise

pytestmark = pytest.mark.torch


@settings(deadline=None, max_examples=100)
@given(weights())
def test_binary_is_the_mean_magnitude_with_the_sign(tensor):
    quantised = quantise(tensor, Scheme(1, axis=0))
    for row, values, zero in zip(tensor.tolist(), quantised.values.tolist(), quantised.all_zero.tolist(), strict=True):
        scale = torch.tensor(math.fsum(map(abs, row)) / len(row), dtype=torch.float32).item()
        assert zero == (scale < 2.0**-126)
        assert values == [0.0 if zero else scale if number >= 0 else -scale for number in row]


@settings(deadline=None, max_examples=100)
@given(weights())
def test_ternary_keeps_what_is_above_the_threshold(tensor):
    quantised = quantise(tensor, Scheme(2, ternary=True, axis=0))
    for row, values, zero in zip(tensor.tolist(), quantised.values.tolist(), quantised.all_zero.tolist(), strict=True):
        threshold = 0.7 * (math.fsum(map(abs, row)) / len(row))
        kept = [abs(number) for number in row if abs(number) > threshold]
        scale = torch.tensor(math.fsum(kept) / len(kept) if kept else 0.0, dtype=torch.float32).item()
        assert zero == (scale < 2.0**-126)
        if not zero:
            assert values == [math.copysign(scale, number) if abs(number) > threshold else 0.0 for number in row]


def test_a_weight_of_zero_is_positive_in_the_binary_scheme():
    assert quantise(torch.tensor([0.0, -0.0, -2.0, 2.0]), Scheme(1)).codes.tolist() == [1, 1, -1, 1]


@pytest.mark.parametrize("scheme", [Scheme(1), Scheme(2, ternary=True)], ids=str)
def test_the_gradient_passes_everywhere(scheme):
    weight = torch.tensor([-3.0, -0.1, 0.0, 0.2, 5.0], requires_grad=True)
    gradient = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    quantise(weight, scheme).values.backward(gradient)
    assert torch.equal(weight.grad, gradient)
