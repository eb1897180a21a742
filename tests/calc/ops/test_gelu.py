"""gelu: one function value an element."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.gelu import Gelu
from calc.shape import Shape
from tests.calc.ops.base.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, _x: Shape) -> Drawn | None:
    """Every shape is taken."""
    return Drawn({"approximate": draw(st.sampled_from(["none", "tanh"]))})


@pytest.mark.parametrize("x", ANY_SHAPES)
def test_costs_every_element_of_any_shape(x):
    assert_counts_elements_alone(Gelu(), x, x.elements)


def test_refused_argument():
    with pytest.raises(OpError, match="approximate='erf': must be none or tanh"):
        Gelu(approximate="erf")
