"""Builds cumsum."""

import torch
from torch import nn

from calc.ops.cumsum import Cumsum
from verify.build.base.function import Function


def build(op: Cumsum, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.cumsum as a module."""
    return Function(lambda x: x.cumsum(op.dim))
