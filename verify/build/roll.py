"""Builds roll."""

import torch
from torch import nn

from calc.ops.roll import Roll
from verify.build.base.function import Function


def build(op: Roll, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.roll as a module."""
    return Function(lambda x: torch.roll(x, op.shifts, op.dim))
