"""Builds concat."""

import torch
from torch import nn

from calc.ops.concat import Concat
from verify.build.base.batches import same_batch
from verify.build.base.function import Function


def build(op: Concat, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.cat as a module."""
    return Function(lambda *xs: torch.cat(same_batch(*xs), op.dim))
