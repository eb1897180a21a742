"""Builds layer_norm."""

import torch
from torch import nn

from calc.ops.layer_norm import LayerNorm


def build(op: LayerNorm, inputs: tuple[torch.Tensor, ...], channel_axis: int | None = None) -> nn.Module:
    """torch.nn.LayerNorm over the trailing axes, or one over the channel axis elsewhere."""
    x = inputs[0]
    if op.normalized_axes > 1 or channel_axis in (None, -1):
        return nn.LayerNorm(x.shape[-op.normalized_axes :], eps=op.eps, elementwise_affine=op.affine, bias=op.bias)
    return LayerNormAt(x, op, channel_axis)


class LayerNormAt(nn.LayerNorm):
    """Layer norm over one axis that is not the last: ConvNeXt's on channels-first maps."""

    def __init__(self, x: torch.Tensor, op: LayerNorm, axis: int) -> None:
        super().__init__(x.shape[axis], eps=op.eps, elementwise_affine=op.affine, bias=op.bias)
        self.axis = axis

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x.movedim(self.axis, -1)).movedim(-1, self.axis)
