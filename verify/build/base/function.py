"""A layer without tensors of its own."""

from collections.abc import Callable

import torch
from torch import nn


class Function(nn.Module):
    """Calls ``function`` on the inputs; a module of its own, so that a run can be attributed to its node."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)
