"""Builds squeeze and unsqueeze."""

import torch
from torch import nn

from calc.ops.squeeze import Squeeze, Unsqueeze
from verify.build.base.function import Function


def build(op: Squeeze | Unsqueeze, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.squeeze or unsqueeze."""
    if isinstance(op, Squeeze):
        return Function(lambda x: x.squeeze(op.dim))
    return Function(lambda x: x.unsqueeze(op.dim))
