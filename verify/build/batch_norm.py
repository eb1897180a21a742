"""Builds batch_norm and frozen_batch_norm."""

import torch
from torch import nn

from calc.ops.batch_norm import BatchNorm, FrozenBatchNorm, OverChannels

MODULES = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}


def build(op: OverChannels, inputs: tuple[torch.Tensor, ...], channel_axis: int | None = None) -> nn.Module:
    """Return torch.nn.BatchNorm1d, 2d or 3d over the second axis, BatchNormAt for another channel axis, or Frozen."""
    x = inputs[0]
    axis = 1 if channel_axis is None else x.ndim + channel_axis
    if isinstance(op, FrozenBatchNorm):
        return Frozen(x.shape[axis], x.ndim - axis, op.eps)
    assert isinstance(op, BatchNorm)
    kind = MODULES.get(x.ndim, BatchNormAt) if axis == 1 else BatchNormAt
    module: nn.Module = kind(
        x.shape[axis],
        eps=op.eps,
        momentum=op.momentum,
        affine=op.affine,
        track_running_stats=op.track_running_stats,
    )
    if isinstance(module, BatchNormAt):
        module.axis = axis
    return module


class BatchNormAt(nn.BatchNorm1d):
    """Batch norm over the axis ``axis`` of a tensor of any rank."""

    axis = 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = x.movedim(self.axis, 1)
        normed: torch.Tensor = super().forward(first.flatten(2))
        return normed.reshape(first.shape).movedim(1, self.axis)


class Frozen(nn.Module):
    """torchvision's FrozenBatchNorm2d for any rank: a scale and a shift computed from four buffers."""

    weight: torch.Tensor
    bias: torch.Tensor
    running_mean: torch.Tensor
    running_var: torch.Tensor

    def __init__(self, channels: int, axes: int, eps: float) -> None:
        super().__init__()
        self.eps = eps
        self.sizes = (channels, *(1,) * (axes - 1))
        values = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}
        for name, value in values.items():
            self.register_buffer(name, torch.full((channels,), value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        scale = self.weight * (self.running_var + self.eps).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(self.sizes) + shift.reshape(self.sizes)
