"""Recurrent layers that the builders extend equal torch's."""

import pytest
import torch
from torch import nn

from calc.ops.recurrent import Gru, Lstm
from verify.build import recurrent

pytestmark = pytest.mark.torch


def normal(*sizes: int) -> torch.Tensor:
    return torch.randn(sizes, generator=torch.Generator().manual_seed(sum(sizes)))


def test_each_return_is_what_torch_returns_there() -> None:
    x, h, c = normal(2, 4, 5, 3), normal(2, 4, 2 * 2, 6), normal(2, 4, 2 * 2, 6)
    plain = nn.LSTM(3, 6, num_layers=2, bidirectional=True, batch_first=True)
    folded = [state.flatten(0, 1).transpose(0, 1).contiguous() for state in (h, c)]
    outputs, (last_h, last_c) = plain(x.flatten(0, 1), tuple(folded))
    found = {}
    for returns in ("sequence", "hidden", "cell", "all"):
        built = recurrent.build(Lstm(hidden_size=6, num_layers=2, bidirectional=True, returns=returns), (x, h, c))
        built.load_state_dict(plain.state_dict())
        found[returns] = built(x, h, c).flatten(0, 1)
    assert torch.equal(found["sequence"], outputs)
    assert torch.equal(found["hidden"], last_h.transpose(0, 1))
    assert torch.equal(found["cell"], last_c.transpose(0, 1))
    # the rows of a layer hold its directions side by side
    assert torch.equal(found["all"][:, :5], outputs)
    assert torch.equal(found["all"][:, 5:7].reshape(8, 4, 6), found["hidden"])
    assert torch.equal(found["all"][:, 7:].reshape(8, 4, 6), found["cell"])


def test_one_bias_a_gate_is_two_of_which_one_is_zero() -> None:
    x = normal(2, 5, 3)
    built = recurrent.build(Gru(hidden_size=4, bias="input"), (x,))
    assert sorted(built.state_dict()) == ["bias_ih_l0", "weight_hh_l0", "weight_ih_l0"]
    plain = nn.GRU(3, 4, batch_first=True)
    plain.load_state_dict({**built.state_dict(), "bias_hh_l0": torch.zeros(3 * 4)})
    assert torch.equal(built(x), plain(x)[0])
