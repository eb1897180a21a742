"""Builds permute."""

import torch
from torch import nn

from calc.ops.permute import Permute
from verify.build.base.function import Function


def build(op: Permute, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.permute as a module."""
    return Function(lambda x: x.permute(op.dims))
