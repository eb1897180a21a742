"""Builds position_embedding."""

import torch
from torch import nn

from calc.ops.position_embedding import PositionEmbedding


class Embedding(nn.Module):
    """Adds a learnable embedding of one sample to each sample."""

    own_tensor = "embedding"

    def __init__(self, sizes: torch.Size) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.zeros(1, *sizes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.embedding


def build(_op: PositionEmbedding, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a layer that adds a parameter with the sizes of one sample."""
    return Embedding(inputs[0].shape[1:])
