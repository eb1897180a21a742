"""max_pool3d: shapes and windows, and what PyTorch refuses."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.max_pool3d import MaxPool3d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_pool
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no volume."""
    return draw_pool(draw, x, 3, dilated=True)


def test_halves_the_size():
    x = (Shape((64, 8, 112, 112), -4),)
    op = MaxPool3d(kernel_size=3, stride=2, padding=1)
    output = op.output_shape(x)
    assert output == Shape((64, 4, 56, 56), -4)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {"max_pool3d": 64 * 4 * 56 * 56 * 3 * 3 * 3}


def test_dilation_spreads_the_window():
    op = MaxPool3d(kernel_size=3, dilation=2, stride=1)
    assert op.output_shape((Shape((1, 5, 9, 9), -4),)).sizes[1] == 5 - 2 * 2
    with pytest.raises(OpError, match=r"a window of 7 .* is larger than the padded depth 5"):
        MaxPool3d(kernel_size=3, dilation=3).output_shape((Shape((1, 5, 9, 9), -4),))
