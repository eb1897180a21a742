"""Builds local_response_norm."""

import torch
from torch import nn

from calc.ops.local_response_norm import LocalResponseNorm


def build(op: LocalResponseNorm, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.LocalResponseNorm."""
    return nn.LocalResponseNorm(op.size, op.alpha, op.beta, op.k)
