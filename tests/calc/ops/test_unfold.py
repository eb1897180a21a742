"""unfold: blocks as columns."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.unfold import Unfold
from calc.shape import Shape
from tests.calc.ops.drawing import per_axis
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any blocks that fit the padded map."""
    if x.rank < 3 or x.channel_axis not in (None, -3):
        return None
    padding = draw(st.integers(0, 2))
    dilation = draw(st.integers(1, 2))
    kernel = [draw(st.integers(1, min(3, (size + 2 * padding - 1) // dilation + 1))) for size in x.sizes[-2:]]
    stride = per_axis(draw, st.integers(1, 3), 2)
    return Drawn({"kernel_size": kernel, "padding": padding, "dilation": dilation, "stride": stride})


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({"kernel_size": 3}, (8 * 3 * 3, (10 - 2) * (7 - 2))),
        ({"kernel_size": 3, "padding": 1}, (8 * 3 * 3, 10 * 7)),
        ({"kernel_size": [2, 3], "stride": [2, 1]}, (8 * 2 * 3, 5 * (7 - 2))),
        ({"kernel_size": 2, "dilation": 3}, (8 * 2 * 2, (10 - 3) * (7 - 3))),
    ],
)
def test_shape(arguments: dict[str, object], expected: tuple[int, int]) -> None:
    assert Unfold(**arguments).output_shape((Shape((8, 10, 7), -3),)) == Shape(expected, -2)


def test_leading_axes_stay() -> None:
    assert Unfold(kernel_size=10).output_shape((Shape((4, 8, 10, 10)),)) == Shape((4, 8 * 10 * 10, 1), -2)


def test_refuses_a_block_larger_than_the_map() -> None:
    with pytest.raises(OpError, match=r"a window of 8 .* is larger than the padded width 7"):
        Unfold(kernel_size=8).output_shape((Shape((8, 10, 7), -3),))


def test_refuses_other_lengths() -> None:
    with pytest.raises(OpError, match="stride has 3 values for 2 spatial axes"):
        Unfold(kernel_size=3, stride=[1, 1, 1])
