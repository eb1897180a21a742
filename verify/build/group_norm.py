"""Builds group_norm."""

import torch
from torch import nn

from calc.ops.group_norm import GroupNorm


def build(op: GroupNorm, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.GroupNorm."""
    return nn.GroupNorm(op.num_groups, inputs[0].shape[1], eps=op.eps, affine=op.affine)
