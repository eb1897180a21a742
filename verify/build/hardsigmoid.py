"""Builds hardsigmoid."""

import torch
from torch import nn

from calc.ops.hardsigmoid import Hardsigmoid


def build(_op: Hardsigmoid, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Hardsigmoid."""
    return nn.Hardsigmoid()
