"""Builds softmax."""

import torch
from torch import nn

from calc.ops.softmax import Softmax


def build(op: Softmax, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Softmax."""
    return nn.Softmax(op.dim)
