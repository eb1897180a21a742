"""Builds pixel_shuffle."""

import torch
from torch import nn

from calc.ops.pixel_shuffle import PixelShuffle


def build(op: PixelShuffle, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.PixelShuffle."""
    return nn.PixelShuffle(op.upscale_factor)
