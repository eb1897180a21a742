"""Builds adaptive_max_pool1d."""

import torch
from torch import nn

from calc.ops.adaptive_max_pool1d import AdaptiveMaxPool1d
from verify.build.base.pooling import ADAPTIVE_MAX, build_adaptive_pool


def build(op: AdaptiveMaxPool1d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AdaptiveMaxPool1d."""
    return build_adaptive_pool(op, inputs, ADAPTIVE_MAX)
