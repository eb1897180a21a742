"""Builds tile and repeat_interleave."""

import torch
from torch import nn

from calc.ops.tile import RepeatInterleave, Tile
from verify.build.base.function import Function


def build(op: Tile | RepeatInterleave, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.Tensor.repeat of the axes after the batch, or torch.repeat_interleave."""
    if isinstance(op, Tile):
        return Function(lambda x: x.repeat(1, *op.repeats))
    return Function(lambda x: x.repeat_interleave(op.repeats, op.dim))
