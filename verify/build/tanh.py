"""Builds tanh."""

import torch
from torch import nn

from calc.ops.tanh import Tanh


def build(_op: Tanh, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Tanh."""
    return nn.Tanh()
