"""Builds matmul."""

import torch
from torch import nn

from calc.ops.matmul import Matmul
from verify.build.base.batches import same_rank
from verify.build.base.function import Function


def build(_op: Matmul, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.matmul for any leading axes."""
    return Function(lambda x, other: torch.matmul(*same_rank(x, other)))
