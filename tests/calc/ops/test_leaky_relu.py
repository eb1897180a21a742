"""leaky_relu: one function value an element."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.leaky_relu import LeakyRelu
from calc.shape import Shape
from tests.calc.ops.base.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, _x: Shape) -> Drawn | None:
    """Every shape is taken."""
    return Drawn({"negative_slope": draw(st.sampled_from([0.01, 0.2, 0]))})


@pytest.mark.parametrize("x", ANY_SHAPES)
def test_costs_every_element_of_any_shape(x):
    assert_counts_elements_alone(LeakyRelu(), x, x.elements)


def test_refused_argument():
    with pytest.raises(OpError, match="negative_slope='steep': must be a number"):
        LeakyRelu(negative_slope="steep")
