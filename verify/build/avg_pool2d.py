"""Builds avg_pool2d."""

import torch
from torch import nn

from calc.ops.avg_pool2d import AvgPool2d
from verify.build.base.pooling import build_avg_pool


def build(op: AvgPool2d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AvgPool2d."""
    return build_avg_pool(op, inputs, op.divisor_override)
