"""Builds max_pool1d."""

import torch
from torch import nn

from calc.ops.max_pool1d import MaxPool1d
from verify.build.base.pooling import build_max_pool


def build(op: MaxPool1d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.MaxPool1d."""
    return build_max_pool(op, inputs)
