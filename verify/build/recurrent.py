"""Builds lstm, gru and rnn: torch.nn's modules, whose arguments are named as the ops' fields."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.recurrent import Recurrent
from verify.build.base.folding import folded


class OutputsOnly(nn.RNNBase):
    """Any leading axes, and the outputs alone returned, in front of the layer of torch.nn that does the work."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        layer = super().forward
        return folded(x, 1, lambda sequences: layer(sequences)[0])


class LSTMOutputs(OutputsOnly, nn.LSTM):  # type: ignore[misc] # no state goes in or out
    """torch.nn.LSTM that returns its outputs only."""


class GRUOutputs(OutputsOnly, nn.GRU):  # type: ignore[misc] # no state goes in or out
    """torch.nn.GRU that returns its outputs only."""


class RNNOutputs(OutputsOnly, nn.RNN):  # type: ignore[misc] # no state goes in or out
    """torch.nn.RNN that returns its outputs only."""


MODULES: dict[str, Callable[..., nn.Module]] = {"lstm": LSTMOutputs, "gru": GRUOutputs, "rnn": RNNOutputs}


def build(op: Recurrent, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """The module of the op's word, its features being those that arrive."""
    return MODULES[op.word](inputs[0].shape[-1], batch_first=True, **op.values())
