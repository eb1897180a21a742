"""cumsum: the shape stays, one addition an element."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.cumsum import Cumsum
from calc.shape import Shape
from tests.calc.ops.checks import assert_counts_elements_alone
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Any axis."""
    return Drawn({"dim": drawn_dim(draw, x)}) if x.rank else None


@pytest.mark.parametrize("dim", [1, -1, 2])
def test_keeps_the_shape_and_costs_every_element(dim: int) -> None:
    assert_counts_elements_alone(Cumsum(dim=dim), Shape((49, 8), -1), 49 * 8)


@pytest.mark.parametrize("dim", [0, 3, -4])
def test_refuses_other_axes(dim: int) -> None:
    with pytest.raises(OpError, match=f"dim={dim} is"):
        Cumsum(dim=dim).output_shape((Shape((49, 8), -1),))
