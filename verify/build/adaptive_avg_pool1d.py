"""Builds adaptive_avg_pool1d."""

import torch
from torch import nn

from calc.ops.adaptive_avg_pool1d import AdaptiveAvgPool1d
from verify.build.base.pooling import ADAPTIVE_AVG, build_adaptive_pool


def build(op: AdaptiveAvgPool1d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AdaptiveAvgPool1d."""
    return build_adaptive_pool(op, inputs, ADAPTIVE_AVG)
