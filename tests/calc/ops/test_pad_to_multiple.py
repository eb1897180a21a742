"""pad_to_multiple: whole patches over every spatial axis."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.pad_to_multiple import PadToMultiple
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """A multiple for each axis after the channels, or for the last few where the channels are unknown."""
    axes = draw(st.integers(1, max(1, x.rank - 1))) if x.channel_axis is None else -x.channel_axis - 1
    if not 0 < axes < x.rank:
        return None
    return Drawn({"multiple": draw(st.lists(st.integers(1, 5), min_size=axes, max_size=axes))})


@pytest.mark.parametrize(
    "sizes, padded",
    [
        ((3, 16, 224, 224), (3, 16, 224, 224)),
        ((3, 15, 223, 221), (3, 16, 224, 224)),
        ((3, 1, 1, 1), (3, 2, 4, 4)),
    ],
)
def test_fills_up(sizes: tuple[int, ...], padded: tuple[int, ...]) -> None:
    x = Shape(sizes, -4)
    op = PadToMultiple(multiple=[2, 4, 4])
    assert op.output_shape((x,)) == Shape(padded, -4)
    assert op.macs((x,), Shape(padded, -4)) == ()


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((16, 224, 224)), r"needs \(channels, and 3 spatial axes\), got 3 axes"),
        (Shape((16, 224, 224, 3), -1), "needs its channels on axis -4"),
    ],
)
def test_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        PadToMultiple(multiple=[2, 4, 4]).output_shape((x,))
