"""Builds index."""

import torch
from torch import nn

from calc.ops.index import Index
from verify.build.base.function import Function


def build(op: Index, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.index_select, with negative indices counted from the end."""
    size = inputs[0].shape[op.dim]
    indices = [index % size for index in op.indices]
    return Function(lambda x: x.index_select(op.dim, torch.tensor(indices, device=x.device)))
