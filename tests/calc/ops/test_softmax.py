"""softmax and log_softmax: the shape stays, every element costs."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.shape import Shape
from tests.calc.ops.checks import assert_counts_elements_alone
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn

every_word = pytest.mark.parametrize("word", ["softmax", "log_softmax"])


def draw_arguments(draw: st.DrawFn, x: Shape, _word: str) -> Drawn | None:
    """Any axis."""
    return Drawn({"dim": drawn_dim(draw, x)}) if x.rank else None


@every_word
@pytest.mark.parametrize("dim", [-1, -3, 1, 3])
def test_keeps_the_shape_and_costs_every_element(word, dim):
    assert_counts_elements_alone(op_class(word)(dim=dim), Shape((12, 197, 197)), 12 * 197 * 197)


@every_word
@pytest.mark.parametrize(
    "dim, fact",
    [
        (0, "dim=0 is the batch axis"),
        (-4, "dim=-4 is the batch axis"),
        (4, "dim=4 is outside the 4 axes"),
        (-5, "dim=-5 is outside the 4 axes"),
    ],
)
def test_refused_dims(word, dim, fact):
    with pytest.raises(OpError) as caught:
        op_class(word)(dim=dim).output_shape((Shape((3, 4, 5)),))
    assert fact in caught.value.fact
