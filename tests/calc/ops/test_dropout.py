"""dropout: nothing to count when evaluated."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.dropout import Dropout
from calc.shape import Shape
from tests.calc.ops.checks import assert_counts_elements_alone, chw
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, _x: Shape) -> Drawn | None:
    """Every shape is taken."""
    return Drawn({"p": draw(st.sampled_from([0, 0.2, 0.5, 1.0]))})


def test_passes_its_input_on():
    assert_counts_elements_alone(Dropout(p=0.2), chw(8, 7, 7), 0)
    assert Dropout.is_view


@pytest.mark.parametrize("p", [-0.1, 1.5])
def test_refuses_what_is_no_probability(p):
    with pytest.raises(OpError) as caught:
        Dropout(p=p)
    assert caught.value.fact == f"p={p} must be a probability, from 0 to 1"
