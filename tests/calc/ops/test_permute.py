"""permute: sizes in the new order, and the channels with them."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.permute import Permute
from calc.shape import Shape
from tests.calc.ops.drawing import either_end
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any order of the axes behind the batch."""
    order = draw(st.permutations(range(1, x.rank + 1)))
    arguments = {"dims": [0, *(either_end(draw, dim, x.rank) for dim in order)]}
    channels = draw(st.sampled_from([None, None, None, "first", "last"])) if x.rank else None
    return Drawn(arguments if channels is None else {**arguments, "channels": channels})


@pytest.mark.parametrize(
    "x, dims, expected",
    [
        (Shape((32, 7, 5), -3), [0, 2, 3, 1], Shape((7, 5, 32), -1)),
        (Shape((7, 5, 32), -1), [0, 3, 1, 2], Shape((32, 7, 5), -3)),
        (Shape((7, 5, 32), -1), [0, -1, -3, -2], Shape((32, 7, 5), -3)),
        (Shape((32, 7, 5), -3), [0, 1, 3, 2], Shape((32, 5, 7), -3)),
        (Shape((32, 7, 5)), [0, 2, 1, 3], Shape((7, 32, 5))),
    ],
)
def test_shape(x: Shape, dims: list[int], expected: Shape) -> None:
    assert Permute(dims=dims).output_shape((x,)) == expected


def test_channels_are_declared() -> None:
    assert Permute(dims=[0, 2, 1], channels="last").output_shape((Shape((4, 6)),)) == Shape((6, 4), -1)


@pytest.mark.parametrize(
    "dims, fact",
    [
        ([0, 2, 1], r"dims=\[0, 2, 1\] has 3 entries, but the input 32×7×5 has 4 axes with its batch"),
        ([1, 0, 2, 3], "moves the batch axis"),
        ([0, 1, 1, 2], "must name each of the axes 0 to 3 once"),
        ([0, 1, 2, 4], "must name each of the axes 0 to 3 once"),
        ([0, 1, 2, -5], "must name each of the axes 0 to 3 once"),
    ],
)
def test_refuses_other_dims(dims: list[int], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Permute(dims=dims).output_shape((Shape((32, 7, 5), -3),))
