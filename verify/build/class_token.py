"""Builds class_token."""

import torch
from torch import nn

from calc.ops.class_token import ClassToken


class Token(nn.Module):
    """Holds the token and puts it before those that arrive."""

    own_tensor = "token"

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat((self.token.expand(*x.shape[:-2], 1, x.shape[-1]), x), -2)


def build(_op: ClassToken, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """One learnt token in front."""
    return Token(inputs[0].shape[-1])
