"""Builds conv1d."""

import torch
from torch import nn

from calc.ops.conv1d import Conv1d
from verify.build.base.convolution import build_convolution


def build(op: Conv1d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Conv1d, or what it cannot take."""
    return build_convolution(op, inputs)
