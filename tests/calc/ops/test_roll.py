"""roll: the shape stays."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.roll import Roll
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any shifts along any axes."""
    if not x.rank:
        return None
    if draw(st.booleans()):
        return Drawn({"shifts": draw(st.integers(-9, 9)), "dim": drawn_dim(draw, x)})
    shifts = draw(st.lists(st.integers(-9, 9), min_size=1, max_size=3))
    return Drawn({"shifts": shifts, "dim": [drawn_dim(draw, x) for _ in shifts]})


def test_shape_stays() -> None:
    x = Shape((56, 56, 96), -1)
    assert Roll(shifts=(-3, -3), dim=(1, 2)).output_shape((x,)) == x


def test_refuses_other_lengths() -> None:
    with pytest.raises(OpError, match="shifts has 1 values, but dim names 2 axes"):
        Roll(shifts=3, dim=(1, 2))


@pytest.mark.parametrize("dim, fact", [(0, "dim=0 is the batch axis"), ((1, 4), "dim=4 is outside the 4 axes")])
def test_refuses_other_axes(dim: int | tuple[int, ...], fact: str) -> None:
    shifts = 1 if isinstance(dim, int) else (1, 1)
    with pytest.raises(OpError, match=fact):
        Roll(shifts=shifts, dim=dim).output_shape((Shape((56, 56, 96), -1),))
