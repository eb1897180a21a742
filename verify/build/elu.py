"""Builds elu."""

import torch
from torch import nn

from calc.ops.elu import Elu


def build(op: Elu, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.ELU."""
    return nn.ELU(op.alpha)
