"""Builds subtract."""

import torch
from torch import nn

from calc.ops.subtract import Subtract
from verify.build.base.arithmetic import Elementwise


def build(op: Subtract, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.sub as a module."""
    return Elementwise(torch.sub, op)
