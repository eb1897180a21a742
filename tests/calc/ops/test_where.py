"""where: the broadcast shape, nothing counted."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.where import Where
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """x as the condition; two tensors that broadcast with it, or one and a value."""

    def part() -> Shape:
        rank = draw(st.integers(0, x.rank))
        return Shape(tuple(draw(st.sampled_from([1, size])) for size in x.sizes[x.rank - rank :]))

    if draw(st.booleans()):
        return Drawn({"value": draw(st.sampled_from([-1e9, 0, 0.5]))}, (part(),))
    return Drawn({}, (part(), part()))


@pytest.mark.parametrize(
    "condition, x, other, expected",
    [
        (chw(8, 7, 5), chw(8, 7, 5), chw(8, 7, 5), chw(8, 7, 5)),
        (Shape((7, 5)), chw(8, 7, 5), Shape((1,)), chw(8, 7, 5)),
        (Shape((8, 7, 5), -1), chw(8, 1, 1), chw(8, 7, 5), chw(8, 7, 5)),
    ],
)
def test_shape(condition: Shape, x: Shape, other: Shape, expected: Shape) -> None:
    inputs = (condition, x, other)
    assert Where().output_shape(inputs) == expected
    assert Where().elementwise(inputs, expected) == {}
    assert Where().macs(inputs, expected) == ()


def test_a_value() -> None:
    assert Where(value=0).output_shape((Shape((5, 5)), Shape((4, 5, 5)))) == Shape((4, 5, 5))


@pytest.mark.parametrize(
    "value, inputs, fact",
    [
        (None, (chw(4, 8, 8),) * 2, "takes 3 inputs (condition, x, other), or 2 and a value, got 2"),
        (0, (chw(4, 8, 8),) * 3, "value=0.0 takes 2 inputs (condition, x), got 3"),
        (0, (chw(4, 8, 8), chw(5, 8, 8)), "the inputs 4×8×8 and 5×8×8 do not broadcast: 4 against 5"),
    ],
)
def test_refused_inputs(value: float | None, inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError) as caught:
        Where(value=value).output_shape(inputs)
    assert caught.value.fact == fact
