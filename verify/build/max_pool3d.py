"""Builds max_pool3d."""

import torch
from torch import nn

from calc.ops.max_pool3d import MaxPool3d
from verify.build.base.pooling import build_max_pool


def build(op: MaxPool3d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.MaxPool3d."""
    return build_max_pool(op, inputs)
