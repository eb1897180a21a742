"""Builds embedding_bag."""

import torch
from torch import nn

from calc.ops.embedding_bag import EmbeddingBag


class FoldedBag(nn.EmbeddingBag):
    """torch.nn.EmbeddingBag for any number of leading axes."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override]  # bags of one length, no weights
        out: torch.Tensor = super().forward(x.flatten(0, -2))
        return out.reshape(*x.shape[:-1], -1)


def build(op: EmbeddingBag, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.EmbeddingBag. Its arguments have the names of the fields."""
    return FoldedBag(**op.values())
