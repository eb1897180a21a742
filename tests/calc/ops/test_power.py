"""power: counted at the output."""

from hypothesis import strategies as st

from calc.ops.power import Power
from calc.shape import Shape
from tests.calc.ops.base.checks import assert_counts_elements_alone, chw
from tests.calc.ops.base.drawing import draw_arithmetic
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """A value, or another input."""
    return draw_arithmetic(draw, x, 1)


def test_two_tensors():
    inputs = (chw(24, 56, 56), chw(24, 1, 1))
    output = Power().output_shape(inputs)
    assert Power().elementwise(inputs, output) == {"power": 24 * 56 * 56}


def test_a_number():
    assert_counts_elements_alone(Power(value=2), chw(4, 8, 8), 4 * 8 * 8)
