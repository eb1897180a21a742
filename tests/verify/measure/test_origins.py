"""Products that multiply with a weight are found from the origins of their operands."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from tests.verify.measure.networks import Calls, leaves
from verify.measure import measure

pytestmark = pytest.mark.torch


def weight_macs(network: nn.Module, *shape: int) -> dict[str, int]:
    return dict(measure(network, leaves(network), torch.ones(shape)).weight_macs)


class Own(nn.Module):
    """A layer with one parameter and one buffer of (4, 4), that calls ``function`` with its input and both."""

    def __init__(self, function) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(4, 4))
        self.register_buffer("table", torch.ones(4, 4))
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x, self.weight, self.table)


@pytest.mark.parametrize(
    ("function", "macs"),
    [
        (lambda x, w, t: x @ w, 3 * 4 * 4),
        (lambda x, w, t: x @ w.t()[:, :2], 3 * 4 * 2),  # a view
        (lambda x, w, t: x @ (2 * w).relu(), 3 * 4 * 4),  # made of a parameter alone
        (lambda x, w, t: x @ (w @ t), 4 * 4 * 4),  # w @ t has a weight; what it gives is no weight of its layer
        (lambda x, w, t: x @ t, 3 * 4 * 4),
        (lambda x, w, t: x @ w[torch.arange(2, device=x.device)].t(), 3 * 4 * 2),  # rows by known positions
        (lambda x, w, t: x @ torch.zeros(4, 4, device=x.device).add_(x[0]), 0),
        (lambda x, w, t: x @ (w * x[:1]), 0),  # the input has gone into it
        (lambda x, w, t: x @ x.new_zeros(4, 4).add_(w), 0),  # zeros that an input's method made: no parameter
        (lambda x, w, t: x @ (w * 1).mul_(x[:1]), 0),  # in place
        (lambda x, w, t: x @ x.t() @ x, 0),
        (lambda x, w, t: torch.addmm(w[:3], x, x.new_ones(4, 4)), 0),  # the addend is no factor
    ],
)
def test_one_layer(function, macs) -> None:
    assert weight_macs(nn.Sequential(Own(function)), 3, 4)["0"] == macs


def test_convolution_and_attention_and_recurrence() -> None:
    dim, tokens, hidden = 8, 5, 7
    attention = nn.TransformerEncoderLayer(dim, 2, 16, batch_first=True)
    parts = weight_macs(nn.Sequential(attention), 1, tokens, dim)
    assert parts["0.self_attn"] == 4 * tokens * dim * dim  # and none of the two products of activations
    recurrent = nn.LSTM(dim, hidden, batch_first=True)
    assert weight_macs(nn.Sequential(recurrent), 2, tokens, dim)["0"] == 2 * tokens * 4 * hidden * (dim + hidden)
    assert weight_macs(nn.Sequential(nn.Conv2d(3, 4, 3)), 1, 3, 5, 5)["0"] == 4 * 3 * 3 * 3 * 3 * 3


def test_a_weight_that_another_layer_holds() -> None:
    class Arriving(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.kernel = Own(lambda x, w, t: w.reshape(1, 4, 4, 1, 1)[0])
            self.layer = Calls(lambda x, kernel: functional.conv2d(x, kernel))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.layer(x, self.kernel(x))
            return out

    assert weight_macs(Arriving(), 1, 4, 2, 3) == {"kernel": 0, "layer": 4 * 4 * 2 * 3}


def test_a_weight_that_another_layer_multiplies() -> None:
    class Made(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.matrix = Own(lambda x, w, t: w @ t)
            self.layer = Calls(lambda x, matrix: x @ matrix)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.layer(x, self.matrix(x))
            return out

    assert weight_macs(Made(), 3, 4) == {"matrix": 4 * 4 * 4, "layer": 3 * 4 * 4}


def test_queries_that_come_from_a_parameter_are_activations() -> None:
    class Learnt(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.queries = Own(lambda x, w, t: w.unsqueeze(0))
            self.attention = Calls(lambda x, q: (q @ x[0, :4]) @ x.transpose(1, 2))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.attention(x, self.queries(x))
            return out

    # 4 queries of 4 features times the weight's stand-in, then activations with activations
    assert weight_macs(Learnt(), 1, 5, 4)["attention"] == 4 * 4 * 4
