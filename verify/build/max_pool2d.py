"""Builds max_pool2d."""

import torch
from torch import nn

from calc.ops.max_pool2d import MaxPool2d
from verify.build.base.pooling import build_max_pool


def build(op: MaxPool2d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.MaxPool2d."""
    return build_max_pool(op, inputs)
