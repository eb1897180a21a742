"""Builds add, subtract, multiply, divide and power."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import nn

from calc.ops.arithmetic import Arithmetic
from verify.build.base.batches import same_rank

FUNCTIONS: dict[str, Callable[[Any, Any], torch.Tensor]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "power": torch.pow,
}


def build(op: Arithmetic, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.add, sub, mul, div or pow, as a module."""
    return Elementwise(FUNCTIONS[op.word], op.value)


class Elementwise(nn.Module):
    """Applies ``function`` to the inputs from left to right, or to the input and ``value``."""

    def __init__(self, function: Callable[[Any, Any], torch.Tensor], value: float | None) -> None:
        super().__init__()
        self.function = function
        self.value = value

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        if self.value is not None:
            x = inputs[0]
            return self.function(x, self.value if x.is_floating_point() else int(self.value))
        return reduce(self.function, same_rank(*inputs))
