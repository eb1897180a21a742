"""squeeze and unsqueeze: which axes are there, and where the channels are then."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.squeeze import Squeeze, Unsqueeze
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim, either_end
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Any place for the new axis; any axes of size 1, where one is left."""
    if word == "unsqueeze":
        return Drawn({"dim": drawn_dim(draw, x, extra=1)})
    ones = [axis for axis, size in enumerate(x.sizes, start=1) if size == 1]
    if not ones or x.rank < 2:
        return None
    dims = draw(st.lists(st.sampled_from(ones), min_size=1, max_size=x.rank - 1, unique=True))
    dims = [either_end(draw, dim, x.rank) for dim in dims]
    return Drawn({"dim": dims[0] if len(dims) == 1 and draw(st.booleans()) else dims})


@pytest.mark.parametrize(
    "x, dim, expected",
    [
        (Shape((1280, 1, 1), -3), (2, 3), Shape((1280,), -1)),
        (Shape((1280, 1, 1), -3), -1, Shape((1280, 1), -2)),
        (Shape((1, 49, 8), -1), 1, Shape((49, 8), -1)),
        (Shape((1, 49), -2), 1, Shape((49,))),
        (Shape((7, 1)), 2, Shape((7,))),
        (Shape((1,), -1), 1, Shape(())),
    ],
)
def test_squeeze(x: Shape, dim: int | tuple[int, ...], expected: Shape) -> None:
    assert Squeeze(dim=dim).output_shape((x,)) == expected


@pytest.mark.parametrize(
    "x, dim, expected",
    [
        (Shape((8, 49), -2), 1, Shape((1, 8, 49), -2)),
        (Shape((8, 49), -2), 2, Shape((8, 1, 49), -3)),
        (Shape((8, 49), -2), -1, Shape((8, 49, 1), -3)),
        (Shape((49, 8), -1), 2, Shape((49, 1, 8), -1)),
        (Shape((49, 8), -1), 3, Shape((49, 8, 1), -2)),
        (Shape((7,)), 1, Shape((1, 7))),
        (Shape(()), -1, Shape((1,))),
    ],
)
def test_unsqueeze(x: Shape, dim: int, expected: Shape) -> None:
    assert Unsqueeze(dim=dim).output_shape((x,)) == expected


@pytest.mark.parametrize(
    "op, fact",
    [
        (Squeeze(dim=2), "dim=2 of the input 8×7 has size 7, not 1"),
        (Squeeze(dim=0), "dim=0 is the batch axis, which one sample does not have"),
        (Squeeze(dim=(1, -2)), "dim=[1, -2] names an axis of the input 8×7 twice"),
        (Unsqueeze(dim=0), "dim=0 is the batch axis, which one sample does not have"),
        (Unsqueeze(dim=4), "dim=4 is outside the 4 axes (batch first) of the input 8×7"),
    ],
)
def test_refuses(op: Squeeze | Unsqueeze, fact: str) -> None:
    with pytest.raises(OpError) as caught:
        op.output_shape((Shape((8, 7)),))
    assert caught.value.fact == fact
