"""Builds relu6."""

import torch
from torch import nn

from calc.ops.relu6 import Relu6


def build(_op: Relu6, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.ReLU6."""
    return nn.ReLU6()
