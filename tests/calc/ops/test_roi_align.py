"""roi_align: a piece of a map for each box; samples are elements."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.roi_align import RoiAlign
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.calc.ops.drawing import channels_first
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Every field, and up to two coarser maps."""
    if x.rank != 3 or not channels_first(x):
        return None
    size = st.integers(1, 3)
    arguments = {
        "output_size": draw(st.one_of(size, st.lists(size, min_size=2, max_size=2))),
        "sampling_ratio": draw(size),
        "spatial_scale": draw(st.sampled_from([1.0, 0.25])),
        "aligned": draw(st.booleans()),
        "canonical_scale": draw(st.integers(1, 300)),
        "canonical_level": draw(st.integers(0, 4)),
    }
    channels, *sizes = x.sizes
    coarser = [chw(channels, *(-(-size // 2**step) for size in sizes)) for step in (1, 2)]
    return Drawn(arguments, (Shape((draw(size), 4)), *coarser[: draw(st.integers(0, 2))]))


def test_counts() -> None:
    inputs = (chw(256, 200, 272), Shape((1000, 4)), chw(256, 100, 136))
    op = RoiAlign(output_size=7, sampling_ratio=2, spatial_scale=0.25)
    output = op.output_shape(inputs)
    assert output == Shape((1000, 256, 7, 7), -3)
    assert op.parameters(inputs) == {}
    assert op.macs(inputs, output) == ()
    assert op.elementwise(inputs, output) == {"roi_align": 1000 * 256 * 7 * 7 * 2 * 2}
    assert RoiAlign(output_size=(2, 3), sampling_ratio=1).output_shape(inputs[:2]) == Shape((1000, 256, 2, 3), -3)


@pytest.mark.parametrize(
    "inputs, fact",
    [
        ((Shape((8, 20)), Shape((5, 4))), r"needs maps \(channels, height, width\), got 2 axes \(8×20\)"),
        ((chw(8, 9, 9), Shape((5, 5))), r"boxes must be \(number, 4\), got 5×5"),
        ((chw(8, 9, 9), Shape((4,))), r"boxes must be \(number, 4\), got 4"),
        ((chw(8, 9, 9), Shape((5, 4)), chw(4, 5, 5)), "the maps 8×9×9 and 4×5×5 have different channels"),
        ((Shape((9, 9, 8), -1), Shape((5, 4))), "needs its channels on axis -3"),
    ],
)
def test_refuses(inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        RoiAlign(output_size=7, sampling_ratio=2).output_shape(inputs)


def test_a_scale_is_above_0() -> None:
    with pytest.raises(OpError, match=r"spatial_scale=0\.0 must be above 0"):
        RoiAlign(output_size=7, sampling_ratio=2, spatial_scale=0.0)
