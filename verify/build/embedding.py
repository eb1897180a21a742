"""Builds embedding."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.embedding import Embedding
from verify.build.base.weights import ArrivingWeights


def build(op: Embedding, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.Embedding, or ArrivingWeights if the table is an input."""
    module = nn.Embedding(op.num_embeddings, op.embedding_dim, op.padding_idx)
    if len(inputs) == 1:
        return module
    return ArrivingWeights(module, 1, lambda ids, table, _bias: functional.embedding(ids, table, op.padding_idx))
