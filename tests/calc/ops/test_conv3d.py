"""conv3d: shapes, parameters and products of three axes."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.conv3d import Conv3d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_convolution
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no volume."""
    return draw_convolution(draw, x, 3)


def test_video_stem():
    x = (Shape((3, 16, 112, 112), -4),)
    op = Conv3d(out_channels=64, kernel_size=[3, 7, 7], stride=[1, 2, 2], padding=[1, 3, 3], bias=False)
    output = op.output_shape(x)
    assert output == Shape((64, 16, 56, 56), -4)
    assert op.parameters(x) == {"weight": (64, 3, 3, 7, 7)}
    (counted,) = op.macs(x, output)
    assert counted.macs == 64 * 3 * (3 * 7 * 7) * (16 * 56 * 56)
    # a window of 7 that moves by 2 over 112 leaves 3 + 1 taps in the padding before and 2 after
    assert counted.effective_macs == 64 * 3 * (3 * 16 - 2) * (7 * 56 - 3 - 1 - 2) ** 2


def test_names_the_axis_that_is_too_small():
    with pytest.raises(OpError, match=r"larger than the padded depth 2"):
        Conv3d(out_channels=1, kernel_size=3).output_shape((Shape((1, 2, 9, 9), -4),))
