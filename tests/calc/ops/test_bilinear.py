"""bilinear: every pair of features multiplies a weight."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Parameter, Product
from calc.ops.bilinear import Bilinear
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """A second input of any features."""
    if not x.rank or x.channel_axis not in (None, -1):
        return None
    other = Shape((*x.sizes[:-1], draw(st.integers(1, 5))), draw(st.sampled_from([None, -1])))
    return Drawn({"out_features": draw(st.integers(1, 6)), "bias": draw(st.booleans())}, (other,))


def test_counts() -> None:
    inputs = (Shape((7, 5), -1), Shape((7, 3), -1))
    op = Bilinear(out_features=4)
    output = op.output_shape(inputs)
    assert output == Shape((7, 4), -1)
    assert op.parameters(inputs) == {"weight": (4, 5, 3), "bias": (4,)}
    assert op.macs(inputs, output) == (Product(Parameter("weight"), 7 * 4 * 5 * 3, 7 * 4 * 5 * 3, 5 * 3),)
    assert op.elementwise(inputs, output) == {"bias": 7 * 4}


def test_leading_axes_are_positions() -> None:
    inputs = (Shape((2, 7, 5), -1), Shape((2, 7, 3), -1))
    op = Bilinear(out_features=4)
    macs = 2 * 7 * 4 * 5 * 3
    assert op.macs(inputs, op.output_shape(inputs)) == (Product(Parameter("weight"), macs, macs, 5 * 3),)


def test_without_bias() -> None:
    inputs = (Shape((5,), -1), Shape((3,), -1))
    op = Bilinear(out_features=4, bias=False)
    assert op.parameters(inputs) == {"weight": (4, 5, 3)}
    assert op.elementwise(inputs, op.output_shape(inputs)) == {}


@pytest.mark.parametrize(
    "other, fact",
    [
        (Shape((6, 3), -1), "the leading axes of the inputs 7×5 and 6×3 differ"),
        (Shape((7, 3), -2), "needs its channels on axis -1"),
    ],
)
def test_refuses(other: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Bilinear(out_features=4).output_shape((Shape((7, 5), -1), other))
