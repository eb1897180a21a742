"""Builds exp, log, abs, sqrt, sin, cos and clamp."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.functions import Clamp, ElementFunction
from verify.build.base.function import Function

FUNCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "abs": torch.abs,
    "cos": torch.cos,
    "exp": torch.exp,
    "log": torch.log,
    "sin": torch.sin,
    "sqrt": torch.sqrt,
}


def build(op: ElementFunction, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch's function of the same name, or clamp, as a module."""
    if isinstance(op, Clamp):
        low, high = op.min, op.max
        return Function(lambda x: x.clamp(low, high))
    return Function(FUNCTIONS[op.word])
