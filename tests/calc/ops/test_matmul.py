"""matmul: leading axes broadcast, every output element is a sum over the inner size."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Input, Product
from calc.ops.matmul import Matmul
from calc.shape import Shape
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Another matrix, its leading axes those of ``x``, 1, or fewer."""
    if x.rank < 2:
        return None
    leading = [draw(st.sampled_from([1, size])) for size in x.sizes[draw(st.integers(0, x.rank - 2)) : -2]]
    return Drawn({}, (Shape((*leading, x.sizes[-1], draw(st.integers(1, 6)))),))


@pytest.mark.parametrize(
    "x, other, expected",
    [
        (Shape((5, 7)), Shape((7, 3)), (5, 3)),
        (Shape((4, 5, 7)), Shape((4, 7, 3)), (4, 5, 3)),
        (Shape((4, 5, 7), -1), Shape((7, 3)), (4, 5, 3)),
        (Shape((4, 1, 5, 7)), Shape((2, 7, 3)), (4, 2, 5, 3)),
    ],
)
def test_counts(x: Shape, other: Shape, expected: tuple[int, ...]) -> None:
    output = Matmul().output_shape((x, other))
    assert output == Shape(expected)
    macs = output.elements * 7
    assert Matmul().macs((x, other), output) == (Product(None, macs, macs, 7, operands=(Input(0), Input(1))),)


@pytest.mark.parametrize(
    "x, other, fact",
    [
        (Shape((5, 7)), Shape((6, 3)), "the inner sizes of 5×7 and 6×3 differ: 7 against 6"),
        (Shape((7,)), Shape((7, 3)), "got 7 and 7×3"),
        (Shape((5, 7)), Shape((7,)), "got 5×7 and 7"),
        (Shape((2, 5, 7)), Shape((3, 7, 4)), "do not broadcast: 2 against 3"),
    ],
)
def test_refuses(x: Shape, other: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Matmul().output_shape((x, other))
