"""Builds topk."""

import torch
from torch import nn

from calc.ops.topk import Topk
from verify.build.base.function import Function


def build(op: Topk, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return the values of torch.topk."""
    return Function(lambda x: x.topk(op.k, op.dim, op.largest).values)
