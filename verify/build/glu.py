"""Builds glu."""

import torch
from torch import nn

from calc.ops.glu import Glu


def build(op: Glu, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.GLU."""
    return nn.GLU(op.dim)
