"""select: one position, the axis gone."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.select import Select
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any position of any axis, where one axis is left."""
    if x.rank < 2:
        return None
    dim = drawn_dim(draw, x)
    size = x.sizes[dim - 1 if dim > 0 else dim]
    return Drawn({"dim": dim, "index": draw(st.integers(-size, size - 1))})


@pytest.mark.parametrize(
    "x, dim, expected",
    [
        (Shape((197, 768), -1), 1, Shape((768,), -1)),
        (Shape((197, 768), -1), -1, Shape((197,))),
        (Shape((32, 7, 5), -3), 3, Shape((32, 7), -2)),
        (Shape((32, 7, 5), -3), 2, Shape((32, 5), -2)),
        (Shape((2, 32, 7), -2), 1, Shape((32, 7), -2)),
        (Shape((32, 7)), 2, Shape((32,))),
        (Shape((32,), -1), 1, Shape(())),
    ],
)
def test_shape(x: Shape, dim: int, expected: Shape) -> None:
    assert Select(dim=dim, index=0).output_shape((x,)) == expected


@pytest.mark.parametrize("index", [7, -8])
def test_refuses_a_position_outside(index: int) -> None:
    with pytest.raises(OpError, match=f"index={index} is outside dim=2 of size 7"):
        Select(dim=2, index=index).output_shape((Shape((32, 7, 5)),))


@pytest.mark.parametrize("index", [6, -7])
def test_takes_the_ends(index: int) -> None:
    assert Select(dim=2, index=index).output_shape((Shape((32, 7, 5)),)) == Shape((32, 5))
