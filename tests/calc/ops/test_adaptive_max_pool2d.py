"""adaptive_max_pool2d: shapes, and every input element read once."""

from hypothesis import strategies as st

from calc.ops.adaptive_max_pool2d import AdaptiveMaxPool2d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_adaptive_pool
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """output_size; None where ``x`` is no map."""
    return draw_adaptive_pool(draw, x, 2)


def test_global_pool():
    x = (Shape((64, 112, 112), -3),)
    op = AdaptiveMaxPool2d(output_size=1)
    output = op.output_shape(x)
    assert output == Shape((64, 1, 1), -3)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {"adaptive_max_pool2d": 64 * 112 * 112}


def test_null_keeps_the_size():
    x = Shape((64, 112, 112), -3)
    assert AdaptiveMaxPool2d(output_size=[None, 3]).output_shape((x,)) == Shape((64, 112, 3), -3)
