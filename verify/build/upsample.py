"""Builds upsample."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.upsample import Upsample
from verify.build.base.function import Function


def build(op: Upsample, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Upsample, or interpolate if a second input gives the sizes or the filter is antialiased."""
    if len(inputs) == 1 and not op.antialias:
        return nn.Upsample(op.size, op.scale_factor, op.mode, op.align_corners)

    def resample(x: torch.Tensor, like: torch.Tensor | None = None) -> torch.Tensor:
        size = op.size if like is None else like.shape[2:]
        return functional.interpolate(x, size, op.scale_factor, op.mode, op.align_corners, antialias=op.antialias)

    return Function(resample)
