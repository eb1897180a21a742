"""Recurrent layers."""

import pytest
from torch import Tensor, nn

from calc.errors import SpecError
from tests.verify.importers.lower_check import words_of
from tests.verify.importers.modules import fields, graph_of


class Sequence(nn.Module):
    """A recurrent layer, of whose results one is returned."""

    def __init__(self, layer: nn.Module, of: int) -> None:
        super().__init__()
        self.layer = layer
        self.of = of

    def forward(self, x: Tensor) -> Tensor:
        sequence, states = self.layer(x)
        if not self.of:
            return sequence
        return (states if isinstance(states, tuple) else (states,))[self.of - 1].transpose(0, 1)


def test_an_lstm() -> None:
    layer = nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True)
    assert words_of(Sequence(layer, 0), (2, 4)) == "lstm"


@pytest.mark.parametrize("of, returns", [(1, "hidden"), (2, "cell")])
def test_the_last_states_of_an_lstm(of: int, returns: str) -> None:
    graph = graph_of(Sequence(nn.LSTM(4, 3, num_layers=2, batch_first=True), of), x=(2, 4))
    assert fields(graph, "layer")["returns"] == returns


def test_a_gru_and_a_plain_one() -> None:
    assert words_of(Sequence(nn.GRU(4, 3, bias=False, batch_first=True), 0), (2, 4)) == "gru"
    assert words_of(Sequence(nn.RNN(4, 3, batch_first=True), 0), (2, 4)) == "rnn"


class Both(Sequence):
    """All that it returns."""

    def forward(self, x: Tensor) -> Tensor:
        sequence, (last, _) = self.layer(x)
        return sequence + last.transpose(0, 1)


def test_two_results_at_once_are_refused() -> None:
    with pytest.raises(SpecError, match="returns 2 tensors that are read; calc's lstm has one"):
        words_of(Both(nn.LSTM(4, 3, batch_first=True), 0), (2, 4))
