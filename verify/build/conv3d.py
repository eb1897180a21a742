"""Builds conv3d."""

import torch
from torch import nn

from calc.ops.conv3d import Conv3d
from verify.build.base.convolution import build_convolution


def build(op: Conv3d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Conv3d, or what it cannot take."""
    return build_convolution(op, inputs)
