"""flip: the shape stays."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.flip import Flip
from calc.shape import Shape
from tests.calc.ops.checks import assert_counts_elements_alone
from tests.calc.ops.drawing import drawn_dim, either_end
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """One axis or several."""
    if not x.rank:
        return None
    if draw(st.booleans()):
        return Drawn({"dim": drawn_dim(draw, x)})
    dims = draw(st.lists(st.integers(1, x.rank), min_size=1, max_size=x.rank, unique=True))
    return Drawn({"dim": [either_end(draw, dim, x.rank) for dim in dims]})


@pytest.mark.parametrize("dim", [1, -1, (1, 3), (-1, 1, 2)])
def test_shape_stays(dim: int | tuple[int, ...]) -> None:
    x = Shape((8, 7, 5), -3)
    assert Flip(dim=dim).output_shape((x,)) == x
    assert_counts_elements_alone(Flip(dim=dim), x, 0)


@pytest.mark.parametrize(
    "dim, fact",
    [
        (0, "dim=0 is the batch axis"),
        ((1, 4), "dim=4 is outside the 4 axes"),
        ((3, -1), "names an axis of the input 8×7×5 twice"),
    ],
)
def test_refuses_other_axes(dim: int | tuple[int, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Flip(dim=dim).output_shape((Shape((8, 7, 5)),))
