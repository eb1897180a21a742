"""conv1d: shapes, parameters and products of one axis."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.conv1d import Conv1d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_convolution
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no sequence of channels."""
    return draw_convolution(draw, x, 1)


def test_dilated_causal_convolution():
    x = (Shape((16, 100), -2),)
    op = Conv1d(out_channels=24, kernel_size=3, dilation=4, padding=[[8, 0]])
    output = op.output_shape(x)
    assert output == Shape((24, 100), -2)
    assert op.parameters(x) == {"weight": (24, 16, 3), "bias": (24,)}
    (counted,) = op.macs(x, output)
    assert counted.macs == 24 * 16 * 3 * 100
    # the first tap falls on padding in 8 windows, the second in 4
    assert counted.effective_macs == 24 * 16 * (3 * 100 - 8 - 4)


def test_refuses_channels_last():
    with pytest.raises(OpError, match=r"those of the input 100×16 are on axis -1"):
        Conv1d(out_channels=4, kernel_size=1).output_shape((Shape((100, 16), -1),))
