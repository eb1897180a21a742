"""Builds pixel_shuffle and pixel_unshuffle."""

import torch
from torch import nn

from calc.ops.pixel_shuffle import PixelShuffle, PixelUnshuffle


def build(op: PixelShuffle | PixelUnshuffle, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.PixelShuffle or PixelUnshuffle."""
    if isinstance(op, PixelShuffle):
        return nn.PixelShuffle(op.upscale_factor)
    return nn.PixelUnshuffle(op.downscale_factor)
