"""Builds conv_transpose3d."""

import torch
from torch import nn

from calc.ops.conv_transpose3d import ConvTranspose3d
from verify.build.base.conv_transpose import build_conv_transpose


def build(op: ConvTranspose3d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.ConvTranspose3d, or what it cannot take."""
    return build_conv_transpose(op, inputs)
