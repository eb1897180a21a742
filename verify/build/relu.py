"""Builds relu."""

import torch
from torch import nn

from calc.ops.relu import Relu


def build(_op: Relu, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.ReLU."""
    return nn.ReLU()
