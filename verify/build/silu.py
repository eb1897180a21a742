"""Builds silu."""

import torch
from torch import nn

from calc.ops.silu import Silu


def build(_op: Silu, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.SiLU."""
    return nn.SiLU()
