"""channel_shuffle: the shape stays."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.channel_shuffle import ChannelShuffle
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any number of groups that divides the channels."""
    if x.rank < 2 or x.channel_axis not in (None, -x.rank):
        return None
    return Drawn({"groups": draw(st.sampled_from(divisors(x.sizes[0])))})


def test_shape_stays() -> None:
    assert ChannelShuffle(groups=2).output_shape((Shape((116, 28, 28), -3),)) == Shape((116, 28, 28), -3)
    assert ChannelShuffle(groups=2).output_shape((Shape((116, 28, 28)),)) == Shape((116, 28, 28), -3)
    assert ChannelShuffle(groups=2).output_shape((Shape((116, 28), -2),)) == Shape((116, 28), -2)


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((116, 28, 28), -3), "groups=3 does not divide channels=116"),
        (Shape((28, 28, 116), -1), r"needs its channels on axis -3 of \(channels, …\)"),
        (Shape((116,), -1), "at least 2 axes, got 1"),
    ],
)
def test_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        ChannelShuffle(groups=3).output_shape((x,))
