"""Builds layer_norm and rms_norm."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from calc.ops.layer_norm import LayerNorm, RmsNorm


class Moved(nn.Module):
    """A mixin that applies a norm of the last axis to another axis, as in ConvNeXt on channels-first maps."""

    axis: int

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        normed: torch.Tensor = super().forward(x.movedim(self.axis, -1))
        return normed.movedim(-1, self.axis)


class LayerNormAt(Moved, nn.LayerNorm):
    """Layer norm over one axis that is not the last."""


class RmsNormAt(Moved, nn.RMSNorm):
    """RMS norm over one axis that is not the last."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x).contiguous()  # calc's plan of memory assumes it


def build(op: LayerNorm | RmsNorm, inputs: tuple[torch.Tensor, ...], channel_axis: int | None = None) -> nn.Module:
    """Return torch.nn.LayerNorm or RMSNorm over the trailing axes, or a norm over another channel axis."""
    x = inputs[0]
    if isinstance(op, RmsNorm):
        plain: Callable[..., nn.Module] = nn.RMSNorm
        moved: Callable[..., Moved] = RmsNormAt
        settings: dict[str, Any] = {"eps": op.eps, "elementwise_affine": op.elementwise_affine}
    else:
        plain, moved = nn.LayerNorm, LayerNormAt
        settings = {"eps": op.eps, "elementwise_affine": op.affine, "bias": op.bias}
    if op.normalized_axes > 1 or channel_axis in (None, -1):
        return plain(x.shape[-op.normalized_axes :], **settings)
    norm = moved(x.shape[channel_axis], **settings)
    norm.axis = channel_axis
    return norm
