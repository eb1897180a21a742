"""Builds avg_pool1d."""

import torch
from torch import nn

from calc.ops.avg_pool1d import AvgPool1d
from verify.build.base.pooling import build_avg_pool


def build(op: AvgPool1d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.AvgPool1d."""
    return build_avg_pool(op, inputs)
