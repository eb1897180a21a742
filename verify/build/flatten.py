"""Builds flatten."""

import torch
from torch import nn

from calc.ops.flatten import Flatten


def build(op: Flatten, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Flatten."""
    return nn.Flatten(op.start_dim, op.end_dim)
