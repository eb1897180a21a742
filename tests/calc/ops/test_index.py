"""index: as many positions as are named."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.index import Index
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Some positions of any axis, some of them twice."""
    if not x.rank:
        return None
    dim = drawn_dim(draw, x)
    size = x.sizes[dim - 1 if dim > 0 else dim]
    return Drawn({"dim": dim, "indices": draw(st.lists(st.integers(-size, size - 1), min_size=1, max_size=5))})


@pytest.mark.parametrize(
    "x, dim, indices, expected",
    [
        (Shape((8, 7, 5), -3), 1, (0, 2, 1), Shape((3, 7, 5), -3)),
        (Shape((8, 7, 5), -3), -1, (4, 4, -5, 0, 0, 0), Shape((8, 7, 6), -3)),
        (Shape((7,)), 1, (6,), Shape((1,))),
    ],
)
def test_shape(x: Shape, dim: int, indices: tuple[int, ...], expected: Shape) -> None:
    op = Index(dim=dim, indices=indices)
    assert op.output_shape((x,)) == expected
    assert op.elementwise((x,), expected) == {}


def test_takes_as_many_as_an_axis_may_have() -> None:
    assert Index(dim=1, indices=tuple(range(196))).output_shape((Shape((196, 8), -1),)) == Shape((196, 8), -1)


@pytest.mark.parametrize("index", [7, -8])
def test_refuses_a_position_outside(index: int) -> None:
    with pytest.raises(OpError, match=f"index {index} is outside dim=2 of size 7 of the input 8×7"):
        Index(dim=2, indices=(0, index)).output_shape((Shape((8, 7)),))


def test_refuses_the_batch() -> None:
    with pytest.raises(OpError, match="dim=0 is the batch axis"):
        Index(dim=0, indices=(0,)).output_shape((Shape((8, 7)),))
