"""avg_pool1d: shapes and windows, and what PyTorch refuses."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.avg_pool1d import AvgPool1d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_avg_pool
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no sequence of channels."""
    return draw_avg_pool(draw, x, 1)


def test_halves_the_size():
    x = (Shape((64, 112), -2),)
    op = AvgPool1d(kernel_size=3, stride=2, padding=1)
    output = op.output_shape(x)
    assert output == Shape((64, 56), -2)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {"avg_pool1d": 64 * 56 * 3}


def test_has_no_divisor_override():
    with pytest.raises(OpError, match="unknown key divisor_override"):
        AvgPool1d(kernel_size=2, divisor_override=3)
