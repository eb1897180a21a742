"""What add, multiply, subtract, divide and power share."""

from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import nn

from calc.ops.base.arithmetic import Arithmetic
from verify.build.base.batches import same_rank


class Elementwise(nn.Module):
    """``function`` between the inputs from left to right, or between the input and ``value``."""

    def __init__(self, function: Callable[[Any, Any], torch.Tensor], op: Arithmetic) -> None:
        super().__init__()
        self.function = function
        self.value = op.value

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        if self.value is not None:
            return self.function(inputs[0], self.value)
        return reduce(self.function, same_rank(*inputs))
