"""Builds conv_transpose2d."""

import torch
from torch import nn

from calc.ops.conv_transpose2d import ConvTranspose2d
from verify.build.base.conv_transpose import build_conv_transpose


def build(op: ConvTranspose2d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.ConvTranspose2d, or what it cannot take."""
    return build_conv_transpose(op, inputs)
