"""prelu: one weight, or one a channel."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.prelu import Prelu
from calc.shape import Shape
from tests.calc.ops.base.drawing import channels_first
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """One weight for any shape; one a channel where these stand first."""
    each = channels_first(x) and draw(st.booleans())
    return Drawn({"num_parameters": x.sizes[0] if each else 1})


def test_one_weight():
    x = (Shape((49, 8), -1),)
    op = Prelu()
    assert op.output_shape(x) == x[0]
    assert op.parameters(x) == {"weight": (1,)}
    assert op.macs(x, x[0]) == ()
    assert op.elementwise(x, x[0]) == {"prelu": 49 * 8}


def test_one_weight_a_channel():
    x = (Shape((8, 7, 7)),)
    op = Prelu(num_parameters=8)
    assert op.output_shape(x) == Shape((8, 7, 7), -3)
    assert op.parameters(x) == {"weight": (8,)}


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((6, 7, 7), -3), "num_parameters=8 is neither 1 nor the 6 channels"),
        (Shape((49, 8), -1), "those of the input 49×8 are on axis -1"),
        (Shape(()), "got 0 axes (scalar)"),
    ],
)
def test_refused_inputs(x, fact):
    with pytest.raises(OpError) as caught:
        Prelu(num_parameters=8).output_shape((x,))
    assert fact in caught.value.fact
