"""rotary turns pairs as complex numbers do."""

import pytest
import torch

from calc.ops.rotary import Rotary
from verify.build import rotary

pytestmark = pytest.mark.torch

TOKENS, HEADS, FEATURES = 5, 3, 8


def turned(pairs: torch.Tensor, base: float) -> torch.Tensor:
    """(batch, tokens, heads, pairs, 2), each pair times exp(i · token · base ^ (−pair / pairs))."""
    count = pairs.shape[-2]
    angles = torch.outer(torch.arange(pairs.shape[1]), base ** (-torch.arange(count) / count))
    turns = torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(torch.view_as_complex(pairs.contiguous()) * turns[:, None, :])


@pytest.mark.parametrize("fraction", [1.0, 0.5])
@pytest.mark.parametrize("interleaved", [False, True])
def test_pairs_are_turned_and_the_rest_stays(interleaved: bool, fraction: float) -> None:
    x = torch.randn(2, TOKENS, HEADS * FEATURES, generator=torch.Generator().manual_seed(0))
    op = Rotary(heads=HEADS, fraction=fraction, base=500, interleaved=interleaved)
    heads, count = x.reshape(2, TOKENS, HEADS, FEATURES), int(FEATURES * fraction)
    split = heads[..., :count].unflatten(-1, (-1, 2) if interleaved else (2, -1))
    pairs = turned(split if interleaved else split.transpose(-1, -2), 500)
    back = (pairs if interleaved else pairs.transpose(-1, -2)).flatten(-2)
    expected = torch.cat((back, heads[..., count:]), -1).flatten(-2)
    assert torch.allclose(rotary.build(op, (x,))(x), expected, atol=1e-6)


def test_the_first_token_stays() -> None:
    x = torch.randn(1, TOKENS, FEATURES)
    assert torch.equal(rotary.build(Rotary(), (x,))(x)[:, 0], x[:, 0])
