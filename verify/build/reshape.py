"""Builds reshape."""

import torch
from torch import nn

from calc.ops.reshape import Reshape
from verify.build.base.function import Function


def build(op: Reshape, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.reshape of the axes after the batch. A size of 0 keeps that of the input."""

    def reshape(x: torch.Tensor) -> torch.Tensor:
        kept = [x.shape[axis] if size == 0 else size for axis, size in enumerate(op.shape, start=1)]
        return x.reshape(x.shape[0], *kept)

    return Function(reshape)
