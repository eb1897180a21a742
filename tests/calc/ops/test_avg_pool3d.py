"""avg_pool3d: shapes and windows, and what PyTorch refuses."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.avg_pool3d import AvgPool3d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_avg_pool
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no volume."""
    return draw_avg_pool(draw, x, 3)


def test_halves_the_size():
    x = (Shape((64, 8, 112, 112), -4),)
    op = AvgPool3d(kernel_size=3, stride=2, padding=1)
    output = op.output_shape(x)
    assert output == Shape((64, 4, 56, 56), -4)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {"avg_pool3d": 64 * 4 * 56 * 56 * 3 * 3 * 3}


def test_refuses_a_kernel_that_only_fits_with_its_padding():
    with pytest.raises(OpError, match=r"a kernel of 3 is larger than the width 2 without its padding"):
        AvgPool3d(kernel_size=3, padding=1).output_shape((Shape((1, 3, 3, 2), -4),))
