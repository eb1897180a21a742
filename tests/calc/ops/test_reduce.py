"""reduce: which axes are left, and the elements read."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.reduce import Reduce
from calc.shape import Shape
from tests.calc.ops.drawing import either_end
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any axes, where one is left."""
    if not x.rank:
        return None
    keepdim = x.rank == 1 or draw(st.booleans())
    largest = x.rank if keepdim else x.rank - 1
    dims = draw(st.lists(st.integers(1, x.rank), min_size=1, max_size=largest, unique=True))
    dims = [either_end(draw, dim, x.rank) for dim in dims]
    function = draw(st.sampled_from(["mean", "sum", "max", "min"]))
    dim = dims[0] if len(dims) == 1 and draw(st.booleans()) else dims
    return Drawn({"function": function, "dim": dim, "keepdim": keepdim})


@pytest.mark.parametrize(
    "x, dim, keepdim, expected",
    [
        (Shape((1280, 7, 7), -3), (2, 3), False, Shape((1280,), -1)),
        (Shape((1280, 7, 7), -3), (-1, -2), True, Shape((1280, 1, 1), -3)),
        (Shape((7, 7, 768), -1), (1, 2), False, Shape((768,), -1)),
        (Shape((7, 7, 768), -1), 1, False, Shape((7, 768), -1)),
        (Shape((4, 32, 9), -2), (1, 3), False, Shape((32,), -1)),
        (Shape((32, 7, 7), -3), 1, False, Shape((7, 7))),
        (Shape((32, 7, 7), -3), 1, True, Shape((1, 7, 7))),
        (Shape((32, 7)), 2, False, Shape((32,))),
        (Shape((32,), -1), 1, False, Shape(())),
    ],
)
def test_shape(x: Shape, dim: int | tuple[int, ...], keepdim: bool, expected: Shape) -> None:
    op = Reduce(function="mean", dim=dim, keepdim=keepdim)
    assert op.output_shape((x,)) == expected
    assert op.elementwise((x,), expected) == {"reduce": x.elements}


def test_refuses_an_axis_twice() -> None:
    with pytest.raises(OpError, match="names an axis of the input 32×7×7 twice"):
        Reduce(function="sum", dim=(3, -1)).output_shape((Shape((32, 7, 7)),))


def test_refuses_the_batch() -> None:
    with pytest.raises(OpError, match="dim=0 is the batch axis"):
        Reduce(function="sum", dim=0).output_shape((Shape((32, 7, 7)),))
