"""stack: a new axis."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.stack import Stack
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Up to two more inputs of the same shape."""
    others = [x._replace(channel_axis=draw(st.sampled_from([x.channel_axis, None])))] * draw(st.integers(0, 2))
    return Drawn({"dim": drawn_dim(draw, x, extra=1)}, tuple(others))


@pytest.mark.parametrize(
    "dim, expected",
    [
        (1, Shape((2, 32, 7), -2)),
        (2, Shape((32, 2, 7), -3)),
        (3, Shape((32, 7, 2), -3)),
        (-1, Shape((32, 7, 2), -3)),
        (-3, Shape((2, 32, 7), -2)),
    ],
)
def test_shape(dim: int, expected: Shape) -> None:
    assert Stack(dim=dim).output_shape((Shape((32, 7), -2), Shape((32, 7), -2))) == expected


def test_channels_are_unknown_where_the_inputs_disagree() -> None:
    assert Stack().output_shape((Shape((4, 4), -2), Shape((4, 4), -1))) == Shape((2, 4, 4))


def test_names_both_sides() -> None:
    with pytest.raises(OpError, match="the inputs 4×3 and 4×5 differ"):
        Stack().output_shape((Shape((4, 3)), Shape((4, 5))))


@pytest.mark.parametrize("dim", [0, -4, 4])
def test_refuses_other_axes(dim: int) -> None:
    with pytest.raises(OpError, match=f"dim={dim} is"):
        Stack(dim=dim).output_shape((Shape((4, 3)),))
