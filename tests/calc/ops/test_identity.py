"""identity: nothing to count."""

import pytest
from hypothesis import strategies as st

from calc.ops.identity import Identity
from calc.shape import Shape
from tests.calc.ops.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.strategies import Drawn


def draw_arguments(_draw: st.DrawFn, _x: Shape) -> Drawn | None:
    """There is nothing to draw, and every shape is taken."""
    return Drawn({})


@pytest.mark.parametrize("x", ANY_SHAPES)
def test_passes_its_input_on(x):
    assert_counts_elements_alone(Identity(), x, 0)
    assert Identity().output_shape((x,)) is x
    assert Identity.is_view
