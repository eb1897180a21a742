"""Builds slice."""

import torch
from torch import nn

from calc.ops.slice import Slice
from verify.build.base.function import Function


def build(op: Slice, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a module that indexes with a Python slice."""
    before = (slice(None),) * (op.dim % inputs[0].ndim)
    return Function(lambda x: x[(*before, slice(op.start, op.end, op.step))])
