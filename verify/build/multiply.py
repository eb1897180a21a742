"""Builds multiply."""

import torch
from torch import nn

from calc.ops.multiply import Multiply
from verify.build.base.arithmetic import Elementwise


def build(op: Multiply, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.mul as a module."""
    return Elementwise(torch.mul, op)
