"""Builds adaptive_max_pool2d."""

import torch
from torch import nn

from calc.ops.adaptive_max_pool2d import AdaptiveMaxPool2d
from verify.build.base.pooling import ADAPTIVE_MAX, build_adaptive_pool


def build(op: AdaptiveMaxPool2d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AdaptiveMaxPool2d."""
    return build_adaptive_pool(op, inputs, ADAPTIVE_MAX)
