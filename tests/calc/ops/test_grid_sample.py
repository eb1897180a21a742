"""grid_sample: the output has the grid's size; interpolation is elements."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.grid_sample import GridSample
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.calc.ops.drawing import channels_first
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Every field, and a grid of any size."""
    if x.rank not in (3, 4) or not channels_first(x):
        return None
    modes = ["bilinear", "nearest", *(["bicubic"] if x.rank == 3 else [])]
    arguments = {
        "mode": draw(st.sampled_from(modes)),
        "padding_mode": draw(st.sampled_from(["zeros", "border", "reflection"])),
        "align_corners": draw(st.booleans()),
    }
    sizes = draw(st.lists(st.integers(1, 6), min_size=x.rank - 1, max_size=x.rank - 1))
    return Drawn(arguments, (Shape((*sizes, x.rank - 1)),))


def test_counts() -> None:
    inputs = (chw(8, 20, 30), Shape((5, 6, 2)))
    op = GridSample()
    output = op.output_shape(inputs)
    assert output == chw(8, 5, 6)
    assert op.parameters(inputs) == {}
    assert op.macs(inputs, output) == ()
    assert op.elementwise(inputs, output) == {"grid_sample": 8 * 5 * 6}
    assert op.output_shape((Shape((8, 4, 20, 30), -4), Shape((2, 5, 6, 3)))) == Shape((8, 2, 5, 6), -4)


def test_axes_in_front_have_a_grid_each() -> None:
    inputs = (Shape((7, 8, 20, 30), -3), Shape((7, 5, 6, 2)))
    output = GridSample().output_shape(inputs)
    assert output == Shape((7, 8, 5, 6), -3)
    assert GridSample().elementwise(inputs, output) == {"grid_sample": 7 * 8 * 5 * 6}


@pytest.mark.parametrize(
    "mode, inputs, fact",
    [
        (
            "bilinear",
            (Shape((8, 20)), Shape((5, 1))),
            "needs 2 or 3 spatial axes after the channels, the input is 8×20",
        ),
        (
            "bicubic",
            (Shape((8, 4, 4, 4)), Shape((5, 5, 5, 3))),
            "mode=bicubic needs 2 spatial axes, the input is 8×4×4×4",
        ),
        ("bilinear", (chw(8, 4, 4), Shape((5, 5, 3))), r"the grid for 8×4×4 must be \(height, width, 2\), got 5×5×3"),
        (
            "bilinear",
            (Shape((7, 8, 4, 4), -3), Shape((6, 5, 5, 2))),
            r"the grid for 7×8×4×4 must be \(7, height, width, 2\), got 6×5×5×2",
        ),
        ("bilinear", (Shape((4, 4, 8), -1), Shape((5, 5, 2))), "needs its channels on axis -3"),
    ],
)
def test_refuses(mode: str, inputs: tuple[Shape, Shape], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        GridSample(mode=mode).output_shape(inputs)
