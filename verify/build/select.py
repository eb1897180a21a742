"""Builds select."""

import torch
from torch import nn

from calc.ops.select import Select
from verify.build.base.function import Function


def build(op: Select, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.select as a module."""
    return Function(lambda x: x.select(op.dim, op.index))
