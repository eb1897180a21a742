"""expand: axes of 1 repeated, new axes in front."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.expand import Expand
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any sizes for axes of 1, -1 for others, up to one new axis."""
    new = draw(st.lists(st.integers(1, 3), min_size=0 if x.rank else 1, max_size=1))
    kept = [draw(st.sampled_from([-1, size, 3] if size == 1 else [-1, size])) for size in x.sizes]
    return Drawn({"shape": [*new, *kept]})


@pytest.mark.parametrize(
    "x, shape, expected",
    [
        (Shape((1, 768), -1), [5, 768], Shape((5, 768), -1)),
        (Shape((1, 768), -1), [5, -1], Shape((5, 768), -1)),
        (Shape((768,), -1), [5, -1], Shape((5, 768), -1)),
        (Shape((32, 1, 1), -3), [-1, 7, 7], Shape((32, 7, 7), -3)),
        (Shape((32,), -1), [1, -1], Shape((1, 32), -1)),
    ],
)
def test_shape(x: Shape, shape: list[int], expected: Shape) -> None:
    assert Expand(shape=shape).output_shape((x,)) == expected


@pytest.mark.parametrize(
    "shape, fact",
    [
        ([6, 768], "expands an axis of size 4 to 6; it must be 1"),
        ([768], "has 1 axis, but the input 4×768 has 2"),
        ([-1, 4, 768], "has -1 for an axis that the input 4×768 does not have"),
    ],
)
def test_refuses_inputs(shape: list[int], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Expand(shape=shape).output_shape((Shape((4, 768)),))


@pytest.mark.parametrize("size", [0, -2])
def test_refuses_sizes(size: int) -> None:
    with pytest.raises(OpError, match=f"holds {size}: sizes must be positive, or -1"):
        Expand(shape=[4, size])
