"""topk: so many positions are left, and every element is read."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.topk import Topk
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Any number of the positions of any axis."""
    if not x.rank:
        return None
    dim = drawn_dim(draw, x)
    size = x.sizes[dim - 1 if dim > 0 else dim]
    return Drawn({"k": draw(st.integers(1, size)), "dim": dim, "largest": draw(st.booleans())})


@pytest.mark.parametrize(
    "x, dim, expected",
    [
        (Shape((49, 8), -1), 1, Shape((3, 8), -1)),
        (Shape((49, 8), -1), -1, Shape((49, 3))),
        (Shape((8, 49), -2), 2, Shape((8, 3), -2)),
        (Shape((9,)), 1, Shape((3,))),
    ],
)
def test_shape(x: Shape, dim: int, expected: Shape) -> None:
    op = Topk(k=3, dim=dim)
    assert op.output_shape((x,)) == expected
    assert op.elementwise((x,), expected) == {"topk": x.elements}


def test_all_positions() -> None:
    assert Topk(k=8).output_shape((Shape((49, 8)),)) == Shape((49, 8))


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"k": 9}, "k=9 is more than the 8 positions of dim=-1 of the input 49×8"),
        ({"k": 1, "dim": 0}, "dim=0 is the batch axis, which one sample does not have"),
    ],
)
def test_refuses(arguments: dict[str, int], fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Topk(**arguments).output_shape((Shape((49, 8), -1),))
    assert caught.value.fact == fact
