"""A layer without tensors of its own."""

from collections.abc import Callable

import torch
from torch import nn


class Function(nn.Module):
    """Calls ``function`` on the inputs. It is a module, so that hooks know its layer."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)
