"""add, multiply, subtract, divide and power: what they take and refuse alike."""

import pytest

from calc.errors import OpError
from calc.ops import op_class
from calc.shape import Shape
from tests.calc.ops.base.checks import chw

pytestmark = pytest.mark.parametrize("word", ["add", "multiply", "subtract", "divide", "power"])


@pytest.mark.parametrize(
    "other, output",
    [
        (chw(24, 8, 9), chw(24, 8, 9)),
        (chw(24, 1, 1), chw(24, 8, 9)),
        (chw(1, 8, 9), chw(24, 8, 9)),
        (Shape((9,)), chw(24, 8, 9)),
        (Shape(()), chw(24, 8, 9)),
        (Shape((5, 1, 1, 1)), Shape((5, 24, 8, 9), -3)),
    ],
)
def test_broadcasts(word, other, output):
    assert op_class(word)().output_shape((chw(24, 8, 9), other)) == output


@pytest.mark.parametrize("value", [2, -0.5, 0])
def test_a_number_keeps_the_shape(word, value):
    x = Shape((1, 1), -2)
    op = op_class(word)(value=value)
    assert op.output_shape((x,)) == x
    assert op.parameters((x,)) == {}
    assert op.macs((x,), x) == ()


@pytest.mark.parametrize(
    "value, inputs, fact",
    [
        (None, (chw(4, 8, 8), chw(5, 8, 8)), "the inputs 4×8×8 and 5×8×8 do not broadcast: 4 against 5"),
        (None, (chw(4, 8, 8),), "needs at least 2 inputs, or 1 and a value, got 1"),
        (2, (chw(4, 8, 8), chw(4, 8, 8)), "value=2.0 takes 1 input, got 2"),
    ],
)
def test_refused_inputs(word, value, inputs, fact):
    with pytest.raises(OpError) as caught:
        op_class(word)(value=value).output_shape(inputs)
    assert caught.value.fact == fact
