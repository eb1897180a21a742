"""concat: sizes add up along dim."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.concat import Concat
from calc.shape import Shape
from tests.calc.ops.drawing import drawn_dim
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Up to two more inputs, of any size along dim."""
    if not x.rank:
        return None
    dim = drawn_dim(draw, x)
    others = []
    for _ in range(draw(st.integers(0, 2))):
        sizes = list(x.sizes)
        sizes[dim - 1 if dim > 0 else dim] = draw(st.integers(1, 5))
        others.append(Shape(tuple(sizes), draw(st.sampled_from([x.channel_axis, None]))))
    return Drawn({"dim": dim}, tuple(others))


def test_channels_add_up() -> None:
    inputs = (Shape((64, 8, 8), -3), Shape((32, 8, 8), -3), Shape((16, 8, 8), -3))
    assert Concat().output_shape(inputs) == Shape((64 + 32 + 16, 8, 8), -3)


def test_other_axes_add_up() -> None:
    assert Concat(dim=2).output_shape((Shape((4, 3), -2), Shape((4, 5), -2))) == Shape((4, 3 + 5), -2)
    assert Concat(dim=-2).output_shape((Shape((1, 768)), Shape((196, 768), -1))) == Shape((1 + 196, 768), -1)


def test_channels_are_unknown_where_the_inputs_disagree() -> None:
    assert Concat().output_shape((Shape((4, 4), -2), Shape((4, 4), -1))) == Shape((8, 4))
    assert Concat().output_shape((Shape((4, 4)), Shape((4, 4)))) == Shape((8, 4))


@pytest.mark.parametrize("other", [Shape((32, 7, 8), -3), Shape((32, 8, 7), -3), Shape((64, 8)), Shape((64, 8, 8, 1))])
def test_names_both_sides(other: Shape) -> None:
    with pytest.raises(OpError, match=f"the inputs 64×8×8 and {other} differ outside dim=1"):
        Concat().output_shape((Shape((64, 8, 8), -3), other))
