"""Builds embedding."""

import torch
from torch import nn

from calc.ops.embedding import Embedding


def build(op: Embedding, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.Embedding."""
    return nn.Embedding(op.num_embeddings, op.embedding_dim, op.padding_idx)
