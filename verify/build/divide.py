"""Builds divide."""

import torch
from torch import nn

from calc.ops.divide import Divide
from verify.build.base.arithmetic import Elementwise


def build(op: Divide, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.div as a module."""
    return Elementwise(torch.div, op)
