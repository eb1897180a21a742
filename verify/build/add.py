"""Builds add."""

import torch
from torch import nn

from calc.ops.add import Add
from verify.build.base.arithmetic import Elementwise


def build(op: Add, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.add as a module."""
    return Elementwise(torch.add, op)
