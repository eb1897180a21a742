"""Learned step sizes against the formulas of the paper, finite differences and torch."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.verify.quantise.tensors import same_bits
from verify.quantise import LearnedStep, QuantiseError, Scheme, measured_bits, quantise_given

pytestmark = pytest.mark.torch


def drawn(seed, shape=(4, 6)):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def with_step(scheme, example, step):
    learned = LearnedStep(scheme, example)
    with torch.no_grad():
        learned.step.copy_(torch.as_tensor(step))
    return learned


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_start_is_that_of_the_paper(bits):
    weight, qmax = drawn(0), 2 ** (bits - 1) - 1
    assert LearnedStep(Scheme(bits), weight).step.item() == pytest.approx(
        2 * weight.abs().mean().item() / math.sqrt(qmax)
    )
    per_channel = LearnedStep(Scheme(bits, axis=0), weight)
    expected = [2 * row.abs().mean().item() / math.sqrt(qmax) for row in weight]
    assert per_channel.step.tolist() == pytest.approx(expected)
    assert per_channel.gradient_scale == pytest.approx(1 / math.sqrt(6 * qmax))


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 10**6), st.integers(2, 8), st.booleans(), st.floats(0.05, 2))
def test_both_gradients_follow_the_paper(seed, bits, symmetric, step):
    tensor, upstream = drawn(seed).requires_grad_(), drawn(seed + 1)
    scheme = Scheme(bits, symmetric=symmetric)
    learned = with_step(scheme, tensor, step)
    learned(tensor).backward(upstream)
    step = learned.step.item()
    by_step, to_values = 0.0, []
    for value, gradient in zip(tensor.flatten().tolist(), upstream.flatten().tolist(), strict=True):
        in_steps = value / step
        inside = scheme.qmin < in_steps < scheme.qmax
        beyond = scheme.qmin if in_steps <= scheme.qmin else scheme.qmax
        by_step += gradient * (round(in_steps) - in_steps if inside else beyond)
        to_values.append(gradient if inside else 0.0)
    scale = 1 / math.sqrt(tensor.numel() * scheme.qmax)
    assert learned.step.grad.item() == pytest.approx(by_step * scale, rel=1e-3, abs=1e-4)
    assert tensor.grad.flatten().tolist() == to_values


def test_where_the_output_is_smooth_in_the_step_the_gradient_is_its_slope():
    # values beyond the range are qmin · step or qmax · step: smooth, unlike those that are rounded
    tensor, upstream = torch.tensor([9.0, -11.0, 30.0]), torch.tensor([1.0, 0.5, -2.0])
    learned = with_step(Scheme(4), tensor, 1.0)
    learned(tensor).backward(upstream)
    nudge = 1 / 64
    higher, lower = (with_step(Scheme(4), tensor, 1 + sign * nudge)(tensor) for sign in (1, -1))
    slope = ((higher - lower) * upstream).sum().item() / (2 * nudge)
    assert learned.step.grad.item() == pytest.approx(slope / math.sqrt(3 * 7))


def test_with_rounding_passed_straight_through_the_gradient_is_its_slope():
    # straight through, round(v / s) moves as v / s does: hold its rounding error fixed and differentiate
    tensor, step, nudge = drawn(5), 0.4, 1e-4
    learned = with_step(Scheme(4), tensor, step)
    learned(tensor).sum().backward()
    exact, step = tensor.double(), learned.step.item()
    inside = (exact / step > -8) & (exact / step < 7)
    rounding = (exact / step).round() - exact / step
    beyond = torch.where(exact < 0, -8, 7)

    def straight(s):
        return (torch.where(inside, exact / s + rounding, beyond) * s).sum().item()

    slope = (straight(step + nudge) - straight(step - nudge)) / (2 * nudge)
    assert learned.step.grad.item() == pytest.approx(slope / math.sqrt(tensor.numel() * 7), rel=1e-4)


def test_values_equal_torch_at_the_same_step():
    tensor = drawn(2)
    learned = with_step(Scheme(3), tensor, 0.3)
    given_step = quantise_given(
        tensor, Scheme(3, estimator="given"), learned.step.detach(), torch.tensor(0, dtype=torch.int32)
    )
    assert same_bits(learned(tensor).detach(), given_step.values)
    assert torch.equal(learned.quantise(tensor).codes, given_step.codes)
    assert same_bits(
        learned(tensor).detach(), torch.fake_quantize_per_tensor_affine(tensor, learned.step.item(), 0, -4, 3)
    )


def test_each_channel_has_the_gradient_of_its_own_step():
    tensor = drawn(3)
    whole = with_step(Scheme(3, axis=0), tensor, [0.1, 0.2, 0.3, 0.4])
    whole(tensor).square().sum().backward()
    for channel, row in enumerate(tensor):
        alone = with_step(Scheme(3), row, whole.step[channel].item())
        alone(row).square().sum().backward()
        assert alone.step.grad.item() == pytest.approx(whole.step.grad[channel].item(), rel=1e-5)


def test_unsigned_data_has_codes_from_zero():
    quantised = with_step(Scheme(2, symmetric=False), torch.ones(3), 1.0).quantise(torch.tensor([-1.0, 0.6, 9.0]))
    assert quantised.codes.tolist() == [0, 1, 3]


def test_training_moves_the_step_towards_a_smaller_error():
    tensor = drawn(4, (400,))
    learned = with_step(Scheme(3), tensor, 3.0)
    errors = []
    for _ in range(60):
        loss = (learned(tensor) - tensor).square().sum()
        (gradient,) = torch.autograd.grad(loss, learned.step)
        with torch.no_grad():
            learned.step -= 0.05 * gradient
        errors.append(loss.item())
    assert errors[-1] < 0.2 * errors[0]
    quantised = learned.quantise(tensor)
    assert measured_bits(quantised.values, quantised.scale, quantised.zero_point, quantised.scheme) == 3


def test_an_all_zero_example_starts_at_one():
    assert LearnedStep(Scheme(4, axis=0), torch.tensor([[0.0, 0.0], [1.0, 1.0]])).step.tolist() == pytest.approx(
        [1.0, 2 / math.sqrt(7)]
    )


def test_the_step_is_in_the_state_dict():
    learned = LearnedStep(Scheme(4), drawn(0))
    assert list(learned.state_dict()) == ["step"]


def test_refused():
    with pytest.raises(QuantiseError, match="a binary scheme has no step size"):
        LearnedStep(Scheme(1), torch.ones(3))
    with pytest.raises(QuantiseError, match="NaN"):
        LearnedStep(Scheme(4), torch.tensor([torch.nan]))
    with pytest.raises(QuantiseError, match=r"learned step: a scale of -0\.5.*lower its learning rate"):
        with_step(Scheme(4), torch.ones(3), -0.5)(torch.ones(3))
    with pytest.raises(QuantiseError, match="a zero point of 0 is not from qmin=1"):
        LearnedStep(Scheme(4, symmetric=False, narrow_range=True), torch.ones(3))(torch.ones(3))
