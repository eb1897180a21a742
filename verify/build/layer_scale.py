"""Builds layer_scale."""

import torch
from torch import nn

from calc.ops.layer_scale import LayerScale


class Scale(nn.Module):
    """Multiplies by learnable factors, whose shape ends in axes of size 1, so that they broadcast."""

    own_tensor = "scale"

    def __init__(self, x: torch.Tensor, dim: int) -> None:
        super().__init__()
        axes_after = x.ndim - 1 - dim % x.ndim
        self.scale = nn.Parameter(torch.ones(x.shape[dim], *(1,) * axes_after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * x


def build(op: LayerScale, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a layer that multiplies by one learnable factor for each position of the axis ``dim``."""
    return Scale(inputs[0], op.dim)
