"""Builds hardswish."""

import torch
from torch import nn

from calc.ops.hardswish import Hardswish


def build(_op: Hardswish, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Hardswish."""
    return nn.Hardswish()
