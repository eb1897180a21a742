"""selective_scan: a state at every token, of which only what leaves it is a product."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Input, Product
from calc.ops.selective_scan import SelectiveScan
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Every field, for (…, tokens, channels) and any state."""
    if x.rank < 2 or x.channel_axis not in (None, -1):
        return None
    state = Shape((*x.sizes[:-1], draw(st.integers(1, 4))), -1)
    return Drawn({"skip": draw(st.booleans())}, (x, state, state))


def test_counts_a_layer_of_mamba() -> None:
    x, state = Shape((10, 1536), -1), Shape((10, 16), -1)
    inputs = (x, x, state, state)
    op = SelectiveScan()
    assert op.output_shape(inputs) == x
    assert op.parameters(inputs) == {"A_log": (1536, 16), "D": (1536,)}
    assert {op.role_of(name) for name in ("A_log", "D")} == {"norm"}
    macs = 10 * 1536 * 16
    assert op.macs(inputs, x) == (Product(None, macs, macs, 16, operands=(Input(3),)),)
    assert op.elementwise(inputs, x) == {"selective_scan": 10 * 1536 * 16, "multiply": 10 * 1536, "add": 10 * 1536}
    bare = SelectiveScan(skip=False)
    assert bare.parameters(inputs) == {"A_log": (1536, 16)}
    assert bare.elementwise(inputs, x) == {"selective_scan": 10 * 1536 * 16}


X, STATE = Shape((10, 8), -1), Shape((10, 4), -1)


@pytest.mark.parametrize(
    "inputs, fact",
    [
        ((Shape((8,)), X, STATE, STATE), r"needs \(…, tokens, channels\), got 1 axis"),
        ((Shape((10, 8), -2), X, STATE, STATE), "needs its channels on axis -1"),
        ((X, Shape((10, 1)), STATE, STATE), "delta is 10×1, but x is 10×8: they must have the same shape"),
        ((X, X, Shape((9, 4)), STATE), r"B is 9×4, but must be \(…, tokens, state\)"),
        ((X, X, STATE, Shape((4,))), r"C is 4, but must be \(…, tokens, state\)"),
        ((X, X, STATE, Shape((10, 5))), "B has a state of 4, but C has one of 5"),
    ],
)
def test_refuses(inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        SelectiveScan().output_shape(inputs)
