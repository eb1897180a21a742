"""Builds class_token."""

import torch
from torch import nn

from calc.ops.class_token import ClassToken


class Token(nn.Module):
    """Holds a learnable token and puts it before the input's tokens."""

    own_tensor = "token"

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.token.expand(*x.shape[:-2], 1, x.shape[-1]), x), -2)


def build(_op: ClassToken, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a layer that adds one learnable token in front."""
    return Token(inputs[0].shape[-1])
