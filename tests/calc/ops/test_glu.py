"""glu: half of an axis is left, and counted."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.glu import Glu
from calc.shape import Shape
from tests.calc.ops.drawing import either_end
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Any axis of even size."""
    even = [axis for axis, size in enumerate(x.sizes, start=1) if size % 2 == 0]
    return Drawn({"dim": either_end(draw, draw(st.sampled_from(even)), x.rank)}) if even else None


@pytest.mark.parametrize(
    "x, dim, expected",
    [
        (Shape((49, 8), -1), -1, Shape((49, 4), -1)),
        (Shape((8, 49), -2), 1, Shape((4, 49), -2)),
        (Shape((8, 50), -2), 2, Shape((8, 25), -2)),
        (Shape((6,)), -1, Shape((3,))),
    ],
)
def test_halves_an_axis(x: Shape, dim: int, expected: Shape) -> None:
    op = Glu(dim=dim)
    assert op.output_shape((x,)) == expected
    assert op.elementwise((x,), expected) == {"glu": x.elements // 2}
    assert op.macs((x,), expected) == ()


@pytest.mark.parametrize(
    "dim, fact",
    [
        (2, "dim=2 of the input 8×7 has 7 positions, an odd number, so it cannot be halved"),
        (0, "dim=0 is the batch axis, which one sample does not have"),
    ],
)
def test_refuses(dim: int, fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Glu(dim=dim).output_shape((Shape((8, 7), -2),))
    assert caught.value.fact == fact
