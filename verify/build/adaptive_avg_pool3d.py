"""Builds adaptive_avg_pool3d."""

import torch
from torch import nn

from calc.ops.adaptive_avg_pool3d import AdaptiveAvgPool3d
from verify.build.base.pooling import ADAPTIVE_AVG, build_adaptive_pool


def build(op: AdaptiveAvgPool3d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AdaptiveAvgPool3d."""
    return build_adaptive_pool(op, inputs, ADAPTIVE_AVG)
