"""elu: one function value an element."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.elu import Elu
from calc.shape import Shape
from tests.calc.ops.base.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, _x: Shape) -> Drawn | None:
    """Every shape is taken."""
    return Drawn({"alpha": draw(st.sampled_from([1.0, 0.5, 2]))})


@pytest.mark.parametrize("x", ANY_SHAPES)
def test_costs_every_element_of_any_shape(x):
    assert_counts_elements_alone(Elu(), x, x.elements)


def test_refused_argument():
    with pytest.raises(OpError, match="alpha=true: must be a number"):
        Elu(alpha=True)
