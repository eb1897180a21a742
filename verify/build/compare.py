"""Builds compare."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from calc.ops.compare import Compare
from verify.build.base.batches import same_rank
from verify.build.base.function import Function

FUNCTIONS: dict[str, Callable[[torch.Tensor, Any], torch.Tensor]] = {
    "eq": torch.eq,
    "ne": torch.ne,
    "lt": torch.lt,
    "le": torch.le,
    "gt": torch.gt,
    "ge": torch.ge,
}


def build(op: Compare, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.eq, ne, lt, le, gt or ge, with the result as 1 or 0."""
    compared = FUNCTIONS[op.operator]

    def compare(*inputs: torch.Tensor) -> torch.Tensor:
        x, *others = same_rank(*inputs)
        answer = compared(x, op.value if op.value is not None else others[0])
        if op.dtype == "int64":
            return answer.to(torch.int64)
        floats = [each.dtype for each in inputs if each.is_floating_point()]
        return answer.to(floats[0] if floats else torch.float32)

    return Function(compare)
