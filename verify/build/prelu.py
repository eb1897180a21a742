"""Builds prelu."""

import torch
from torch import nn

from calc.ops.prelu import Prelu


def build(op: Prelu, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.PReLU."""
    return nn.PReLU(op.num_parameters)
