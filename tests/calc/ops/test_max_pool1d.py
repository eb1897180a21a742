"""max_pool1d: shapes and windows, and what PyTorch refuses."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.max_pool1d import MaxPool1d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_pool
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no sequence of channels."""
    return draw_pool(draw, x, 1, dilated=True)


def test_halves_the_size():
    x = (Shape((64, 112), -2),)
    op = MaxPool1d(kernel_size=3, stride=2, padding=1)
    output = op.output_shape(x)
    assert output == Shape((64, 56), -2)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {"max_pool1d": 64 * 56 * 3}


def test_dilation_spreads_the_window():
    op = MaxPool1d(kernel_size=3, dilation=2, stride=1)
    assert op.output_shape((Shape((1, 5), -2),)).sizes[1] == 5 - 2 * 2
    with pytest.raises(OpError, match=r"a window of 7 .* is larger than the padded length 5"):
        MaxPool1d(kernel_size=3, dilation=3).output_shape((Shape((1, 5), -2),))
