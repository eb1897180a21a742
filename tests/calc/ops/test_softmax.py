"""softmax: along one axis that is not the batch."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.softmax import Softmax
from calc.shape import Shape
from tests.calc.ops.base.checks import assert_counts_elements_alone
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """dim counted from either end; None for a scalar."""
    if x.rank < 1:
        return None
    return Drawn({"dim": draw(st.integers(1, x.rank) | st.integers(-x.rank, -1))})


@pytest.mark.parametrize("dim", [-1, -3, 1, 3])
def test_keeps_the_shape_and_costs_every_element(dim):
    assert_counts_elements_alone(Softmax(dim=dim), Shape((12, 197, 197)), 12 * 197 * 197)


@pytest.mark.parametrize(
    "dim, fact",
    [
        (0, "dim=0 is the batch axis"),
        (-4, "dim=-4 is the batch axis"),
        (4, "dim=4 is outside the 4 axes"),
        (-5, "dim=-5 is outside the 4 axes"),
    ],
)
def test_refused_dims(dim, fact):
    with pytest.raises(OpError) as caught:
        Softmax(dim=dim).output_shape((Shape((3, 4, 5)),))
    assert fact in caught.value.fact
