"""Builds gru."""

import torch
from torch import nn

from calc.ops.gru import Gru
from verify.build.base.folding import folded


class GRUOutputs(nn.GRU):
    """torch.nn.GRU that returns its outputs only."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override] # no state goes in or out
        layer = super().forward
        return folded(x, 1, lambda sequences: layer(sequences)[0])


def build(op: Gru, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.GRU(batch_first=True)."""
    return GRUOutputs(
        inputs[0].shape[-1],
        op.hidden_size,
        op.num_layers,
        bias=op.bias,
        batch_first=True,
        bidirectional=op.bidirectional,
    )
