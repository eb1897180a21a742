"""reshape: sizes, -1 and 0, and where the channels are afterwards."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.reshape import Reshape
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any factors of the elements, with -1 and 0 in their places."""
    sizes, rest = [], x.elements
    for _ in range(draw(st.integers(0, 3))):
        sizes.append(draw(st.sampled_from(divisors(rest))))
        rest //= sizes[-1]
    sizes = draw(st.permutations([*sizes, rest]))
    shape = [0 if x.sizes[i : i + 1] == (size,) and draw(st.booleans()) else size for i, size in enumerate(sizes)]
    if draw(st.booleans()):
        shape[draw(st.integers(0, len(shape) - 1))] = -1
    channels = draw(st.sampled_from([None, None, None, "first", "last", -1]))
    return Drawn({"shape": shape} if channels is None else {"shape": shape, "channels": channels})


@pytest.mark.parametrize(
    "x, shape, expected",
    [
        (Shape((768, 14, 14), -3), [768, 14 * 14], Shape((768, 14 * 14), -2)),
        (Shape((768, 14, 14), -3), [0, -1], Shape((768, 14 * 14), -2)),
        (Shape((49, 96), -1), [7, 7, 96], Shape((7, 7, 96), -1)),
        (Shape((49, 96), -1), [49, 3, 32], Shape((49, 3, 32))),
        (Shape((96, 49), -2), [2, 48, 49], Shape((2, 48, 49))),
        (Shape((96, 7, 7), -3), [-1], Shape((96 * 7 * 7,), -1)),
        (Shape((4, 96, 7, 7), -3), [4, -1], Shape((4, 96 * 7 * 7), -1)),
        (Shape((1, 6), -2), [1, 1, 6], Shape((1, 1, 6))),
        (Shape((1, 6), -2), [1, 6], Shape((1, 6), -2)),
        (Shape((1, 28, 28), -3), [-1], Shape((28 * 28,), -1)),
        (Shape((4, 6)), [6, 4], Shape((6, 4))),
        (Shape((4, 6)), [24, 1], Shape((24, 1))),
        (Shape((1, 1, 5), -3), [1, 1, 5], Shape((1, 1, 5), -3)),
    ],
)
def test_shape(x: Shape, shape: list[int], expected: Shape) -> None:
    assert Reshape(shape=shape).output_shape((x,)) == expected


def test_channels_are_declared() -> None:
    assert Reshape(shape=[4, 6], channels="last").output_shape((Shape((24,)),)) == Shape((4, 6), -1)
    assert Reshape(shape=[4, 6], channels="first").output_shape((Shape((24,)),)) == Shape((4, 6), -2)
    assert Reshape(shape=[2, 2, 6], channels=2).output_shape((Shape((24,)),)) == Shape((2, 2, 6), -2)


@pytest.mark.parametrize(
    "shape, fact",
    [
        ([5, 5], "the input 4×6 has 24 elements, but 5×5 has 25"),
        ([5, -1], "the 24 elements of the input 4×6 cannot be divided by 5"),
        ([4, 6, 0], "has 0 for an axis that the input 4×6 does not have"),
        ([4, 6, 1, 0], "has 0 for an axis that the input 4×6 does not have"),
    ],
)
def test_refuses_other_elements(shape: list[int], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Reshape(shape=shape).output_shape((Shape((4, 6)),))


def test_refuses_sizes_below_minus_one() -> None:
    with pytest.raises(OpError, match=r"shape=\[4, -2\] holds -2"):
        Reshape(shape=[4, -2])


def test_refuses_two_open_sizes() -> None:
    with pytest.raises(OpError, match=r"shape=\[-1, 2, -1\] holds -1 2 times"):
        Reshape(shape=[-1, 2, -1])


def test_the_size_that_is_left_over_is_an_integer():
    sizes = Reshape(shape=[4, -1]).output_shape((Shape((6, 8)),)).sizes
    assert (sizes, [type(size) for size in sizes]) == ((4, 6 * 8 // 4), [int, int])
