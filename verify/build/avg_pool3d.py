"""Builds avg_pool3d."""

import torch
from torch import nn

from calc.ops.avg_pool3d import AvgPool3d
from verify.build.base.pooling import build_avg_pool


def build(op: AvgPool3d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AvgPool3d."""
    return build_avg_pool(op, inputs, op.divisor_override)
