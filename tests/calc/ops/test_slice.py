"""slice: as Python slices a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.slice import Slice
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any part that is not empty; positions from either end, beyond the ends, or left out."""
    if not x.rank:
        return None
    dim = drawn_dim(draw, x)
    size = x.sizes[dim - 1 if dim > 0 else dim]
    first = draw(st.integers(0, size - 1))
    stop = draw(st.integers(first + 1, size + 2))
    arguments = {"dim": dim, "step": draw(st.integers(1, 3))}
    if first or draw(st.booleans()):
        arguments["start"] = draw(st.sampled_from([first, first - size]))
    if stop < size:
        arguments["end"] = draw(st.sampled_from([stop, stop - size]))
    elif draw(st.booleans()):
        arguments["end"] = stop
    return Drawn(arguments)


def test_channels_may_be_split() -> None:
    x = Shape((116, 28, 28), -3)
    assert Slice(dim=1, end=58).output_shape((x,)) == Shape((58, 28, 28), -3)
    assert Slice(dim=1, start=58).output_shape((x,)) == Shape((116 - 58, 28, 28), -3)
    assert Slice(dim=-1, step=2).output_shape((x,)) == Shape((116, 28, 28 // 2), -3)


@given(st.integers(1, 9), st.integers(-12, 12), st.none() | st.integers(-12, 12), st.integers(1, 4))
def test_takes_what_python_takes(size: int, start: int, end: int | None, step: int) -> None:
    taken = list(range(size))[start:end:step]
    op = Slice(dim=1, start=start, end=end, step=step)
    if taken:
        assert op.output_shape((Shape((size, 3)),)) == Shape((len(taken), 3))
    else:
        with pytest.raises(OpError, match=f"is empty on dim=1 of size {size}"):
            op.output_shape((Shape((size, 3)),))


def test_refuses_an_axis_that_does_not_exist() -> None:
    with pytest.raises(OpError, match=r"dim=3 is outside the 3 axes .* of the input 4×6"):
        Slice(dim=3).output_shape((Shape((4, 6)),))
