"""avg_pool2d: shapes and windows, and what PyTorch refuses."""

from hypothesis import strategies as st

from calc.ops.avg_pool2d import AvgPool2d
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_avg_pool
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no map."""
    return draw_avg_pool(draw, x, 2)


def test_halves_the_size():
    x = (Shape((64, 112, 112), -3),)
    op = AvgPool2d(kernel_size=3, stride=2, padding=1)
    output = op.output_shape(x)
    assert output == Shape((64, 56, 56), -3)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {"avg_pool2d": 64 * 56 * 56 * 3 * 3}


def test_ceil_mode_keeps_the_last_partial_window():
    x = (Shape((4, 112, 112), -3),)
    assert AvgPool2d(kernel_size=3, stride=2, ceil_mode=True).output_shape(x) == Shape((4, 56, 56), -3)
    assert AvgPool2d(kernel_size=3, stride=2).output_shape(x) == Shape((4, 55, 55), -3)


def test_padding_per_side():
    op = AvgPool2d(kernel_size=3, stride=2, padding=[[0, 1], 1])
    assert op.output_shape((Shape((4, 8, 8), -3),)) == Shape((4, (8 + 1 - 3) // 2 + 1, (8 + 2 - 3) // 2 + 1), -3)


def test_padding_per_side_drops_a_window_that_starts_in_the_padding_after():
    op = AvgPool2d(kernel_size=2, stride=3, padding=[[0, 1], 0], ceil_mode=True)
    # starts at 0 and 3; the next one, at 6, is the padding
    assert op.output_shape((Shape((1, 6, 6), -3),)) == Shape((1, 2, 2), -3)


def test_what_divides_the_sum_changes_no_count():
    x = (Shape((4, 8, 8), -3),)
    op = AvgPool2d(kernel_size=2, count_include_pad=False, divisor_override=3)
    assert op.elementwise(x, op.output_shape(x)) == {"avg_pool2d": 4 * 4 * 4 * (2 * 2)}
