"""adaptive_avg_pool1d: shapes, and every input element read once."""

from hypothesis import strategies as st

from calc.ops.adaptive_avg_pool1d import AdaptiveAvgPool1d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_adaptive_pool
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """output_size; None where ``x`` is no sequence of channels."""
    return draw_adaptive_pool(draw, x, 1)


def test_global_pool():
    x = (Shape((64, 112), -2),)
    op = AdaptiveAvgPool1d(output_size=1)
    output = op.output_shape(x)
    assert output == Shape((64, 1), -2)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {"adaptive_avg_pool1d": 64 * 112}


def test_null_keeps_the_size():
    assert AdaptiveAvgPool1d(output_size=None).output_shape((Shape((64, 112), -2),)) == Shape((64, 112), -2)
