"""Recurrent layers."""

import pytest
from torch import Tensor, nn

from calc.errors import SpecError
from tests.verify.importers.lower_check import words_of
from tests.verify.importers.modules import fields, graph_of


class Sequence(nn.Module):
    """A recurrent layer that returns one of its results."""

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
    """A recurrent layer that returns all of its results."""

    def forward(self, x: Tensor) -> Tensor:
        sequence, (last, _) = self.layer(x)
        return sequence + last.transpose(0, 1)


def test_two_results_at_once_are_rows_of_one() -> None:
    assert words_of(Both(nn.LSTM(4, 3, batch_first=True), 0), (2, 4)) == "lstm slice slice add"
    with pytest.raises(SpecError, match="returns tensors of two sizes that are both read"):
        words_of(Both(nn.LSTM(4, 3, proj_size=2, batch_first=True), 0), (2, 4))


class OfEach(nn.Module):
    """A GRU over each of several sequences of a sample, with states as inputs, that returns its last states."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.GRU(4, 3, batch_first=True)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        states = h.flatten(0, 1).transpose(0, 1).contiguous()
        return self.layer(x.flatten(0, 1), states)[1].transpose(0, 1).unflatten(0, (-1, 2))


def test_states_of_several_sequences_of_a_sample_are_turned() -> None:
    graph = graph_of(OfEach(), x=(2, 5, 4), h=(2, 1, 3))
    (gru,) = [node for node in graph.nodes if node.op.word == "gru"]
    assert [graph.nodes[source].shape.sizes for source in gru.inputs] == [(2, 5, 4), (2, 1, 3)]
    assert gru.shape.sizes == (2, 1, 3)


def test_an_lstm_that_projects_its_states() -> None:
    layer = nn.LSTM(4, 3, num_layers=2, proj_size=2, bidirectional=True, bias=False, batch_first=True)
    found = fields(graph_of(Sequence(layer, 0), x=(2, 4)), "layer")
    assert (found["hidden_size"], found["proj_size"], found["bidirectional"]) == (3, 2, True)


class Started(nn.Module):
    """A GRU whose tokens are the first axis, and which starts from a state that is an input."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.GRU(4, 3, num_layers=2)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        sequence, _ = self.layer(x.transpose(0, 1), h.transpose(0, 1).contiguous())
        return sequence.transpose(0, 1)


def test_states_that_arrive() -> None:
    graph = graph_of(Started(), x=(5, 4), h=(2, 3))
    (gru,) = [node for node in graph.nodes if node.op.word == "gru"]
    assert [graph.nodes[source].shape.sizes for source in gru.inputs] == [(5, 4), (2, 3)]


def test_a_layer_that_runs_along_the_batch_is_refused() -> None:
    with pytest.raises(SpecError, match="runs along the axis of the batch"):
        words_of(Sequence(nn.LSTM(4, 3), 0), (2, 4))
