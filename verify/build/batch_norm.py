"""Builds batch_norm."""

import torch
from torch import nn

from calc.ops.batch_norm import BatchNorm

MODULES = {2: nn.BatchNorm1d, 3: nn.BatchNorm1d, 4: nn.BatchNorm2d, 5: nn.BatchNorm3d}


def build(op: BatchNorm, inputs: tuple[torch.Tensor, ...], channel_axis: int | None = None) -> nn.Module:
    """torch.nn.BatchNorm1d, 2d or 3d over the second axis, or one over the channel axis elsewhere."""
    x = inputs[0]
    axis = 1 if channel_axis is None else x.ndim + channel_axis
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
    """Batch norm over one axis of a tensor of any rank."""

    axis = 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = x.movedim(self.axis, 1)
        normed: torch.Tensor = super().forward(first.flatten(2))
        return normed.reshape(first.shape).movedim(1, self.axis)
