"""Builds upsample."""

import torch
from torch import nn

from calc.ops.upsample import Upsample


def build(op: Upsample, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Upsample."""
    return nn.Upsample(op.size, op.scale_factor, op.mode, op.align_corners)
