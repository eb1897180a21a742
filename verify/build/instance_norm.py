"""Builds instance_norm."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.instance_norm import InstanceNorm

MODULES: dict[int, Callable[..., nn.Module]] = {3: nn.InstanceNorm1d, 4: nn.InstanceNorm2d, 5: nn.InstanceNorm3d}


def build(op: InstanceNorm, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.InstanceNorm1d, 2d or 3d."""
    x = inputs[0]
    return MODULES[x.ndim](
        x.shape[1],
        eps=op.eps,
        momentum=op.momentum,
        affine=op.affine,
        track_running_stats=op.track_running_stats,
    )
