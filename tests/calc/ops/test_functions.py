"""exp, log, sqrt, sin, cos, abs and clamp: one value an element."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.functions import Clamp
from calc.shape import Shape
from tests.calc.ops.checks import ANY_SHAPES, assert_counts_elements_alone
from tests.strategies import Drawn

WITHOUT_FIELDS = ["abs", "cos", "exp", "log", "sin", "sqrt"]


def draw_arguments(draw: st.DrawFn, _x: Shape, word: str) -> Drawn | None:
    """Either limit of clamp, or both."""
    if word in WITHOUT_FIELDS:
        return Drawn({})
    limits = {"min": draw(st.sampled_from([None, -1, 0])), "max": draw(st.sampled_from([None, 0, 2.5]))}
    return Drawn({"max": 6.0} if limits == {"min": None, "max": None} else limits)


@pytest.mark.parametrize("x", ANY_SHAPES)
@pytest.mark.parametrize("word, arguments", [*((word, {}) for word in WITHOUT_FIELDS), ("clamp", {"min": 0})])
def test_costs_every_element_of_any_shape(word, arguments, x):
    assert_counts_elements_alone(op_class(word)(**arguments), x, x.elements)


@pytest.mark.parametrize(
    "arguments, fact", [({}, "needs min, max or both"), ({"min": 6, "max": 0}, "min=6.0 is above max=0.0")]
)
def test_clamp_refuses(arguments, fact):
    with pytest.raises(OpError) as caught:
        Clamp(**arguments)
    assert caught.value.fact == fact
