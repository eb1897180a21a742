"""Builds upsample."""

import torch
from torch import nn
from torch.nn.functional import interpolate

from calc.ops.upsample import Upsample
from verify.build.base.function import Function


def build(op: Upsample, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Upsample, or its function where a second input gives the sizes."""
    if len(inputs) == 1:
        return nn.Upsample(op.size, op.scale_factor, op.mode, op.align_corners)
    return Function(lambda x, like: interpolate(x, size=like.shape[2:], mode=op.mode, align_corners=op.align_corners))
