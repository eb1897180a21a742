"""relu6: one function value an element."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.relu6 import Relu6
from calc.shape import Shape
from tests.calc.ops.base.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.strategies import Drawn


def draw_arguments(_draw: st.DrawFn, _x: Shape) -> Drawn | None:
    """There is nothing to draw, and every shape is taken."""
    return Drawn({})


@pytest.mark.parametrize("x", ANY_SHAPES)
def test_costs_every_element_of_any_shape(x):
    assert_counts_elements_alone(Relu6(), x, x.elements)


def test_takes_no_arguments():
    with pytest.raises(OpError, match="unknown key inplace"):
        Relu6(inplace=True)
