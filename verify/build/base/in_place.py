"""A layer that writes its output over its input, as one does that is fused into the layer before it."""

from typing import Any

import torch
from torch import nn


class InPlace(nn.Module):
    """Mixed into the class of a layer: what that computes is written where its first input lies."""

    def forward(self, x: torch.Tensor, *others: Any, **further: Any) -> torch.Tensor:
        return x.copy_(super().forward(x, *others, **further))


def write_in_place(module: nn.Module) -> None:
    """Let ``module`` write over its input from here on; its tensors and their names stay as they are."""
    kind = type(module)
    module.__class__ = type(kind.__name__, (InPlace, kind), {})
