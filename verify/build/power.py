"""Builds power."""

import torch
from torch import nn

from calc.ops.power import Power
from verify.build.base.arithmetic import Elementwise


def build(op: Power, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.pow as a module."""
    return Elementwise(torch.pow, op)
