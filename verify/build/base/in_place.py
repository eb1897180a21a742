"""Makes a layer write its output over its input, as a layer that is fused into the one before it does."""

from typing import Any

import torch
from torch import nn


class InPlace(nn.Module):
    """A mixin for the class of a layer: the output is written into its first input."""

    def forward(self, x: torch.Tensor, *others: Any, **further: Any) -> torch.Tensor:
        return x.copy_(super().forward(x, *others, **further))


def write_in_place(module: nn.Module) -> None:
    """Make ``module`` write over its input. Its tensors and their names do not change."""
    kind = type(module)
    module.__class__ = type(kind.__name__, (InPlace, kind), {})
