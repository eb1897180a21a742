"""Builds dropout."""

import torch
from torch import nn

from calc.ops.dropout import Dropout


def build(op: Dropout, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Dropout."""
    return nn.Dropout(op.p)
