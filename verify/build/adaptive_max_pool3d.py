"""Builds adaptive_max_pool3d."""

import torch
from torch import nn

from calc.ops.adaptive_max_pool3d import AdaptiveMaxPool3d
from verify.build.base.pooling import ADAPTIVE_MAX, build_adaptive_pool


def build(op: AdaptiveMaxPool3d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AdaptiveMaxPool3d."""
    return build_adaptive_pool(op, inputs, ADAPTIVE_MAX)
