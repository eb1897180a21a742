"""Builds patch_merge."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.patch_merge import PatchMerge
from verify.build.base.function import Function


def build(_op: PatchMerge, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a layer that stacks the four positions of every 2×2 patch as channels."""
    return Function(merge)


def merge(x: torch.Tensor) -> torch.Tensor:
    """Split height and width into two axes each, and join the inner ones with the channels."""
    height, width = x.shape[-3:-1]
    x = functional.pad(x, (0, 0, 0, width % 2, 0, height % 2))
    *leading, rows, columns, channels = x.shape
    patches = x.reshape(*leading, rows // 2, 2, columns // 2, 2, channels)
    return patches.movedim(-4, -2).flatten(-3)
