"""Builds conv_transpose1d."""

import torch
from torch import nn

from calc.ops.conv_transpose1d import ConvTranspose1d
from verify.build.base.conv_transpose import build_conv_transpose


def build(op: ConvTranspose1d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.ConvTranspose1d, or what it cannot take."""
    return build_conv_transpose(op, inputs)
