"""Builds sigmoid."""

import torch
from torch import nn

from calc.ops.sigmoid import Sigmoid


def build(_op: Sigmoid, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Sigmoid."""
    return nn.Sigmoid()
