"""Builds gelu."""

import torch
from torch import nn

from calc.ops.gelu import Gelu


def build(op: Gelu, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.GELU."""
    return nn.GELU(op.approximate)
