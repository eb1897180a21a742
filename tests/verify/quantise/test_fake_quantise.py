"""Values and gradients against torch's own fake quantisation, bit for bit."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verify.quantise.tensors import near_ties, same_bits, scales
from verify.quantise import Scheme, quantise_given

pytestmark = pytest.mark.torch


@st.composite
def uniform_schemes(draw, axis=None):
    return Scheme(
        draw(st.integers(2, 16)),
        symmetric=draw(st.booleans()),
        axis=axis,
        narrow_range=draw(st.booleans()),
        estimator="given",
    )


def both_ways(tensor, scheme, scale, zero_point):
    """(values, gradient) by the project and by torch, for the gradient 1, 2, 3 … of the values."""
    results = []
    for quantiser in ("project", "torch"):
        leaf = tensor.clone().requires_grad_()
        if quantiser == "project":
            values = quantise_given(leaf, scheme, scale, zero_point).values
        elif scheme.axis is None:
            values = torch.fake_quantize_per_tensor_affine(leaf, scale, zero_point, scheme.qmin, scheme.qmax)
        else:
            values = torch.fake_quantize_per_channel_affine(
                leaf, scale, zero_point, scheme.axis, scheme.qmin, scheme.qmax
            )
        values.backward(torch.arange(1.0, values.numel() + 1).reshape(values.shape))
        results.append((values.detach(), leaf.grad))
    return results


@settings(deadline=None, max_examples=120)
@given(st.data())
def test_per_tensor_equals_torch(data):
    scheme, scale = data.draw(uniform_schemes()), data.draw(scales)
    zero = 0 if scheme.symmetric else data.draw(st.integers(scheme.qmin, scheme.qmax))
    tensor = data.draw(near_ties(scale, scheme.qmin, scheme.qmax, elements=8))
    ours, theirs = both_ways(tensor, scheme, torch.tensor(scale), torch.tensor(zero, dtype=torch.int32))
    assert same_bits(ours[0], theirs[0])
    assert same_bits(ours[1], theirs[1])


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_per_channel_equals_torch(data):
    axis, channels = data.draw(st.integers(0, 1)), data.draw(st.integers(1, 3))
    scheme = data.draw(uniform_schemes(axis=axis))
    rows, row_scales, zeros = [], [], []
    for _ in range(channels):
        row_scales.append(data.draw(scales))
        zeros.append(data.draw(st.integers(scheme.qmin, scheme.qmax)))
        rows.append(data.draw(near_ties(row_scales[-1], scheme.qmin, scheme.qmax, elements=4)))
    tensor = torch.stack(rows, dim=axis)
    ours, theirs = both_ways(tensor, scheme, torch.tensor(row_scales), torch.tensor(zeros, dtype=torch.int32))
    assert same_bits(ours[0], theirs[0])
    assert same_bits(ours[1], theirs[1])


@pytest.mark.parametrize("bits", range(2, 17))
@pytest.mark.parametrize("symmetric", [True, False])
def test_every_tie_of_a_width_equals_torch(bits, symmetric):
    scheme = Scheme(bits, symmetric=symmetric, estimator="given")
    for scale in (0.1, 0.3, 1 / 127, 0.07):
        ties = (torch.arange(scheme.qmin - 2, scheme.qmax + 2).double() + 0.5) * scale
        ties = ties.float()
        infinity = torch.tensor(torch.inf)
        tensor = torch.cat([ties, torch.nextafter(ties, infinity), torch.nextafter(ties, -infinity)])
        zero = torch.tensor(0 if symmetric else 1, dtype=torch.int32)
        ours, theirs = both_ways(tensor, scheme, torch.tensor(scale), zero)
        assert same_bits(ours[0], theirs[0])
        assert same_bits(ours[1], theirs[1])


def test_dividing_by_the_scale_would_differ():
    # why the quantiser multiplies by the inverse, and why the drawn tensors must hold ties
    scale = torch.tensor(0.1)
    ties = ((torch.arange(-128, 128).double() + 0.5) * 0.1).float()
    assert ((ties / scale).round() != (ties * (1 / scale)).round()).any()


def test_a_value_far_outside_saturates():
    scheme = Scheme(8, estimator="given")
    tensor = torch.tensor([1e30, -1e30, 3.4e38])
    ours, theirs = both_ways(tensor, scheme, torch.tensor(2.0**-126), torch.tensor(0, dtype=torch.int32))
    assert same_bits(ours[0], theirs[0])
    assert ours[0].tolist() == [127 * 2.0**-126, -128 * 2.0**-126, 127 * 2.0**-126]
    assert ours[1].tolist() == [0, 0, 0]


def test_half_is_rounded_to_even_before_the_zero_point_is_added():
    scheme = Scheme(4, symmetric=False, estimator="given")
    quantised = quantise_given(
        torch.tensor([0.5, 1.5, 2.5]), scheme, torch.tensor(1.0), torch.tensor(1, dtype=torch.int32)
    )
    assert quantised.codes.tolist() == [0 + 1, 2 + 1, 2 + 1]
    assert quantised.codes.dtype == torch.int32


def test_the_gradient_passes_at_both_ends_of_the_range_only():
    tensor = torch.tensor([-9.0, -8.6, -8.4, -8.0, 0.0, 7.0, 7.4, 7.6, 8.0], requires_grad=True)
    scheme = Scheme(4, estimator="given")
    quantise_given(tensor, scheme, torch.tensor(1.0), torch.tensor(0, dtype=torch.int32)).values.sum().backward()
    assert tensor.grad.tolist() == [0, 0, 1, 1, 1, 1, 1, 0, 0]
