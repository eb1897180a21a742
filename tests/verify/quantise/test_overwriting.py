"""The seed notebook's fault, shown: a forward pass that overwrites weights with their quantised values cannot learn.

Updates smaller than half a step vanish at the next forward pass. Quantised copies with a straight-through gradient
leave the stored weights in full precision, where the same updates add up.
"""

import pytest
import torch
from torch import nn

from verify.quantise import Scheme, quantise, quantise_weights, run_quantised

pytestmark = pytest.mark.torch

SCHEME = Scheme(4)
STEPS = 200
TARGET = torch.tensor([[1.0, 0.5, -0.25]])  # the first weight already is right, so that the scale stays 1 / 7
INPUT = torch.eye(3)


def layer():
    module = nn.Linear(3, 1, bias=False)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0, 0.0, 0.0]]))
    return module


def overwriting_forward(module):
    with torch.no_grad():
        module.weight.copy_(quantise(module.weight, SCHEME).values)
    return module(INPUT)


def straight_through_forward(module):
    return run_quantised(module, quantise_weights(module, {"weight": SCHEME}), INPUT)


def train(module, forward):
    """Every update is below half a step of the quantiser. Returns the losses."""
    losses = []
    for _ in range(STEPS):
        loss = (forward(module) - TARGET.T).square().sum()
        (gradient,) = torch.autograd.grad(loss, module.weight)
        update = -0.01 * gradient
        assert update.abs().max() < 0.5 / 7
        with torch.no_grad():
            module.weight += update
        losses.append(loss.item())
    return losses


def test_overwritten_weights_lose_every_tiny_update():
    module = layer()
    losses = train(module, overwriting_forward)
    assert losses == [losses[0]] * STEPS
    overwriting_forward(module)
    assert torch.equal(module.weight, layer().weight)


def test_straight_through_updates_accumulate():
    module = layer()
    losses = train(module, straight_through_forward)
    assert losses[0] == pytest.approx(0.5**2 + 0.25**2)
    assert losses[-1] < 0.05 * losses[0]
    quantised = quantise(module.weight, SCHEME).values
    assert (quantised - TARGET).abs().max() <= 1 / 7  # on the grid, next to the target
    assert not torch.equal(module.weight, quantised)  # the stored weights are not


def test_the_overwritten_forward_destroys_the_full_precision_weights():
    module = layer()
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[1.0, 0.3, -0.2]]))
    stored = module.weight.detach().clone()
    straight_through_forward(module)
    assert torch.equal(module.weight, stored)
    overwriting_forward(module)
    assert not torch.equal(module.weight, stored)
