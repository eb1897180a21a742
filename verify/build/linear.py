"""Builds linear."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.linear import Linear
from verify.build.base.weights import ArrivingWeights


def build(op: Linear, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Linear, or ArrivingWeights if the weight is an input."""
    module = nn.Linear(inputs[0].shape[-1], op.out_features, bias=op.bias)
    return module if len(inputs) == 1 else ArrivingWeights(module, len(inputs) - 1, functional.linear)
