"""Builds stack."""

import torch
from torch import nn

from calc.ops.stack import Stack
from verify.build.base.batches import same_batch
from verify.build.base.function import Function


def build(op: Stack, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.stack as a module."""
    # contiguous, because calc's plan of memory assumes it
    return Function(lambda *xs: torch.stack(same_batch(*xs), op.dim).contiguous())
