"""Builds reduce."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.reduce import Reduce
from verify.build.base.function import Function

FUNCTIONS: dict[str, Callable[..., torch.Tensor]] = {
    "mean": torch.mean,
    "sum": torch.sum,
    "max": torch.amax,
    "min": torch.amin,
}


def build(op: Reduce, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.mean, sum, amax or amin."""
    return Function(lambda x: FUNCTIONS[op.function](x, dim=op.dim, keepdim=op.keepdim))
