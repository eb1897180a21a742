"""Builds lstm."""

import torch
from torch import nn

from calc.ops.lstm import Lstm
from verify.build.base.folding import folded


class LSTMOutputs(nn.LSTM):
    """torch.nn.LSTM that returns its outputs only."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override] # no state goes in or out
        layer = super().forward
        return folded(x, 1, lambda sequences: layer(sequences)[0])


def build(op: Lstm, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.LSTM(batch_first=True)."""
    return LSTMOutputs(
        inputs[0].shape[-1],
        op.hidden_size,
        op.num_layers,
        bias=op.bias,
        batch_first=True,
        bidirectional=op.bidirectional,
        proj_size=op.proj_size,
    )
