"""Builds rnn."""

import torch
from torch import nn

from calc.ops.rnn import Rnn
from verify.build.base.folding import folded


class RNNOutputs(nn.RNN):
    """torch.nn.RNN that returns its outputs only."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # type: ignore[override] # no state goes in or out
        layer = super().forward
        return folded(x, 1, lambda sequences: layer(sequences)[0])


def build(op: Rnn, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.RNN(batch_first=True)."""
    return RNNOutputs(
        inputs[0].shape[-1],
        op.hidden_size,
        op.num_layers,
        bias=op.bias,
        batch_first=True,
        bidirectional=op.bidirectional,
        nonlinearity=op.nonlinearity,
    )
