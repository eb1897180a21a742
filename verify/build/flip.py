"""Builds flip."""

import torch
from torch import nn

from calc.ops.flip import Flip
from verify.build.base.function import Function


def build(op: Flip, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.flip as a module."""
    dims = op.dim if isinstance(op.dim, tuple) else (op.dim,)
    return Function(lambda x: x.flip(dims))
