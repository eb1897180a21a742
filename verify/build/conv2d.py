"""Builds conv2d."""

import torch
from torch import nn

from calc.ops.conv2d import Conv2d
from verify.build.base.convolution import build_convolution


def build(op: Conv2d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Conv2d, or what it cannot take."""
    return build_convolution(op, inputs)
