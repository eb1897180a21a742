"""Builds expand."""

import torch
from torch import nn

from calc.ops.expand import Expand
from verify.build.base.function import Function


def build(op: Expand, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.Tensor.expand of the axes after the batch."""

    def expand(x: torch.Tensor) -> torch.Tensor:
        new_axes = (1,) * (len(op.shape) + 1 - x.ndim)
        return x.reshape(x.shape[0], *new_axes, *x.shape[1:]).expand(x.shape[0], *op.shape)

    return Function(expand)
