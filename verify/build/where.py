"""Builds where."""

import torch
from torch import nn

from calc.ops.where import Where
from verify.build.base.batches import same_rank
from verify.build.base.function import Function


def build(op: Where, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.where. A condition is true where it is not 0."""

    def where(*inputs: torch.Tensor) -> torch.Tensor:
        condition, x, *others = same_rank(*inputs)
        if op.value is not None:
            return torch.where(condition != 0, x, op.value)
        return torch.where(condition != 0, x, others[0])

    return Function(where)
