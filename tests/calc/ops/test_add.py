"""add: counted at the output."""

from hypothesis import strategies as st

from calc.ops.add import Add
from calc.shape import Shape
from tests.calc.ops.base.checks import assert_counts_elements_alone, chw
from tests.calc.ops.base.drawing import draw_arithmetic
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """A value, or one or two further inputs."""
    return draw_arithmetic(draw, x, 2)


def test_two_tensors():
    inputs = (chw(24, 56, 56), chw(24, 1, 1))
    output = Add().output_shape(inputs)
    assert Add().elementwise(inputs, output) == {"add": 24 * 56 * 56}


def test_a_number():
    assert_counts_elements_alone(Add(value=2), chw(4, 8, 8), 4 * 8 * 8)


def test_any_number_of_tensors():
    x = chw(4, 8, 8)
    assert Add().output_shape((x, chw(4, 1, 1), x, x)) == x
