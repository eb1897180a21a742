"""Builds mish."""

import torch
from torch import nn

from calc.ops.mish import Mish


def build(_op: Mish, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Mish."""
    return nn.Mish()
