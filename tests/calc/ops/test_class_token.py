"""class_token: one token more."""

import pytest
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.class_token import ClassToken
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(_draw: DrawFn, x: Shape) -> Drawn | None:
    """Takes no arguments; needs tokens and channels last."""
    return Drawn({}) if x.rank > 1 and x.channel_axis in (None, -1) else None


def test_adds_a_token() -> None:
    x = Shape((14 * 14, 768), -1)
    op = ClassToken()
    assert op.output_shape((x,)) == Shape((14 * 14 + 1, 768), -1)
    assert op.parameters((x,)) == {"": (1, 1, 768)}
    assert op.macs((x,), x) == ()
    assert op.elementwise((x,), x) == {}


def test_keeps_leading_axes() -> None:
    x = Shape((2, 5, 8))
    assert ClassToken().output_shape((x,)) == Shape((2, 6, 8), -1)
    assert ClassToken().parameters((x,)) == {"": (1, 1, 8)}


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((768,), -1), r"needs \(…, tokens, channels\), got 1 axis \(768\)"),
        (Shape((768, 196), -2), "needs its channels on axis -1"),
    ],
)
def test_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        ClassToken().output_shape((x,))
