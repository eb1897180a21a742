"""Builds leaky_relu."""

import torch
from torch import nn

from calc.ops.leaky_relu import LeakyRelu


def build(op: LeakyRelu, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.LeakyReLU."""
    return nn.LeakyReLU(op.negative_slope)
