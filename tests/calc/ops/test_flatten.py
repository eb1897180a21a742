"""flatten: sizes, and where the channels are afterwards."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.flatten import Flatten
from calc.shape import Shape
from tests.calc.ops.drawing import either_end
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any run of axes."""
    if not x.rank:
        return None
    start = draw(st.integers(1, x.rank))
    end = draw(st.integers(start, x.rank))
    arguments = {"start_dim": either_end(draw, start, x.rank), "end_dim": either_end(draw, end, x.rank)}
    channels = draw(st.sampled_from([None, None, None, "first", "last", 1]))
    return Drawn(arguments if channels is None else {**arguments, "channels": channels})


@pytest.mark.parametrize(
    "x, arguments, expected",
    [
        (Shape((32, 7, 7), -3), {}, Shape((32 * 7 * 7,), -1)),
        (Shape((7, 7, 32), -1), {}, Shape((7 * 7 * 32,), -1)),
        (Shape((32, 7, 7), -3), {"start_dim": 2}, Shape((32, 7 * 7), -2)),
        (Shape((7, 7, 32), -1), {"end_dim": 2}, Shape((7 * 7, 32), -1)),
        (Shape((4, 32, 7, 7), -3), {"start_dim": 2}, Shape((4, 32 * 7 * 7), -1)),
        (Shape((32, 1, 7), -3), {"end_dim": 2}, Shape((32, 7), -2)),
        (Shape((32, 3, 7), -3), {"end_dim": 2}, Shape((32 * 3, 7))),
        (Shape((32, 7, 7)), {"start_dim": -2}, Shape((32, 7 * 7))),
        (Shape((5, 3, 8)), {"start_dim": 2, "channels": "last"}, Shape((5, 3 * 8), -1)),
        (Shape((5, 3, 8)), {"start_dim": 2, "channels": "first"}, Shape((5, 3 * 8), -2)),
        (Shape((5, 3, 8), -2), {"start_dim": 2, "channels": 1}, Shape((5, 3 * 8), -2)),
    ],
)
def test_shape(x: Shape, arguments: dict[str, object], expected: Shape) -> None:
    assert Flatten(**arguments).output_shape((x,)) == expected


def test_refuses_an_end_before_the_start() -> None:
    with pytest.raises(OpError, match="start_dim=3 comes after end_dim=2 in the input 32×7×7"):
        Flatten(start_dim=3, end_dim=2).output_shape((Shape((32, 7, 7)),))


def test_refuses_the_batch() -> None:
    with pytest.raises(OpError, match="dim=0 is the batch axis"):
        Flatten(start_dim=0).output_shape((Shape((32, 7, 7)),))


def test_has_no_macs() -> None:
    x = Shape((32, 7, 7), -3)
    assert Flatten().macs((x,), Flatten().output_shape((x,))) == ()
    assert Flatten().elementwise((x,), Flatten().output_shape((x,))) == {}
