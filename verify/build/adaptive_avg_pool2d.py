"""Builds adaptive_avg_pool2d."""

import torch
from torch import nn

from calc.ops.adaptive_avg_pool2d import AdaptiveAvgPool2d
from verify.build.base.pooling import ADAPTIVE_AVG, build_adaptive_pool


def build(op: AdaptiveAvgPool2d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AdaptiveAvgPool2d."""
    return build_adaptive_pool(op, inputs, ADAPTIVE_AVG)
