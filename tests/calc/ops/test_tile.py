"""tile and repeat_interleave: larger axes, copies alone."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.tile import RepeatInterleave, Tile
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """A few times along any axes."""
    if not x.rank:
        return None
    if word == "tile":
        return Drawn({"repeats": draw(st.lists(st.integers(1, 2), min_size=x.rank, max_size=x.rank))})
    return Drawn({"repeats": draw(st.integers(1, 3)), "dim": drawn_dim(draw, x)})


@pytest.mark.parametrize(
    "op, expected",
    [
        (Tile(repeats=(2, 1, 3)), Shape((2 * 8, 7, 3 * 5), -3)),
        (RepeatInterleave(repeats=4, dim=1), Shape((4 * 8, 7, 5), -3)),
        (RepeatInterleave(repeats=4, dim=-1), Shape((8, 7, 4 * 5), -3)),
    ],
)
def test_shape(op: Op, expected: Shape) -> None:
    x = (Shape((8, 7, 5), -3),)
    assert op.output_shape(x) == expected
    assert op.elementwise(x, expected) == {}
    assert op.macs(x, expected) == ()


@pytest.mark.parametrize(
    "op, fact, hint",
    [
        (Tile(repeats=(2,)), "repeats=[2] has 1 values for the 2 axes of the input 8×7", ""),
        (
            Tile(repeats=(1, 2, 1)),
            "repeats=[1, 2, 1] has 3 values for the 2 axes of the input 8×7",
            "leave out the batch",
        ),
        (RepeatInterleave(repeats=2, dim=0), "dim=0 is the batch axis, which one sample does not have", ""),
    ],
)
def test_refuses(op: Op, fact: str, hint: str) -> None:
    with pytest.raises(OpError) as caught:
        op.output_shape((Shape((8, 7)),))
    assert (caught.value.fact, caught.value.hint) == (fact, hint)
