"""lp_pool1d, lp_pool2d and lp_pool3d: windows, powers, and what PyTorch refuses."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.lp_pool import LpPool1d, LpPool2d
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.calc.ops.drawing import channels_precede, draw_each, draw_written
from tests.strategies import Drawn

WORDS = ("lp_pool1d", "lp_pool2d", "lp_pool3d")


def draw_arguments(draw: DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field."""
    rank = op_class(word).rank
    if not channels_precede(x, rank):
        return None
    kernel = [draw(st.integers(1, min(3, size))) for size in x.sizes[-rank:]]
    arguments = {
        "norm_type": draw(st.sampled_from([1, 2, 3.5])),
        "kernel_size": draw_written(draw, kernel),
        "ceil_mode": draw(st.booleans()),
    }
    if draw(st.booleans()):
        arguments["stride"] = draw_written(draw, draw_each(draw, rank, 1, 3))
    return Drawn(arguments)


def test_counts_windows_and_powers() -> None:
    x = chw(4, 7, 8)
    op = LpPool2d(norm_type=2, kernel_size=3, stride=2)
    output = op.output_shape((x,))
    assert output == chw(4, 3, 3)
    assert op.parameters((x,)) == {}
    assert op.macs((x,), output) == ()
    assert op.elementwise((x,), output) == {"lp_pool2d": 4 * 3 * 3 * (3 * 3), "power": 4 * 7 * 8 + 4 * 3 * 3}
    assert LpPool2d(norm_type=2, kernel_size=3, stride=2, ceil_mode=True).output_shape((x,)) == chw(4, 3, 4)


@pytest.mark.parametrize("word, rank", [(word, int(word[-2])) for word in WORDS])
def test_the_stride_is_the_kernel_size_unless_given(word: str, rank: int) -> None:
    x = Shape((5, 4, *[8] * rank), -rank - 1)
    assert op_class(word)(norm_type=1, kernel_size=3).output_shape((x,)) == Shape((5, 4, *[2] * rank), -rank - 1)


def test_refuses() -> None:
    with pytest.raises(OpError, match=r"norm_type=0\.0 must be larger than 0"):
        LpPool1d(norm_type=0, kernel_size=2)
    with pytest.raises(OpError, match="kernel_size has 3 values for 2 spatial axes"):
        LpPool2d(norm_type=2, kernel_size=(2, 2, 2))
    with pytest.raises(OpError, match=r"a window of 9 .* is larger than the padded height 7"):
        LpPool2d(norm_type=2, kernel_size=9).output_shape((chw(4, 7, 8),))
