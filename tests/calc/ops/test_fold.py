"""unfold and fold: blocks of a map as columns, and columns back into a map."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.fold import Fold, Unfold
from calc.shape import Shape
from tests.calc.ops.drawing import divisors, per_axis
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field."""
    return draw_fold(draw, x) if word == "fold" else draw_unfold(draw, x)


def draw_unfold(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any blocks that fit the padded map."""
    if x.rank < 3 or x.channel_axis not in (None, -3):
        return None
    padding = draw(st.integers(0, 2))
    dilation = draw(st.integers(1, 2))
    kernel = [draw(st.integers(1, min(3, (size + 2 * padding - 1) // dilation + 1))) for size in x.sizes[-2:]]
    stride = per_axis(draw, st.integers(1, 3), 2)
    return Drawn({"kernel_size": kernel, "padding": padding, "dilation": dilation, "stride": stride})


def draw_fold(draw: DrawFn, x: Shape) -> Drawn | None:
    """Any kernel that divides the rows, and a map that has so many blocks."""
    if x.rank < 2 or x.channel_axis not in (None, -2):
        return None
    height = draw(st.sampled_from(divisors(x.sizes[-2], 3)))
    width = draw(st.sampled_from(divisors(x.sizes[-2] // height, 3)))
    down = draw(st.sampled_from(divisors(x.sizes[-1])))
    stride = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    kernel, blocks = (height, width), (down, x.sizes[-1] // down)
    sizes = [
        (count - 1) * step + gap * (taps - 1) + 1 + draw(st.integers(0, step - 1))
        for count, step, gap, taps in zip(blocks, stride, dilation, kernel, strict=True)
    ]
    padding = [draw(st.integers(0, min(2, (size - 1) // 2))) for size in sizes]
    sizes = [size - 2 * pad for size, pad in zip(sizes, padding, strict=True)]
    return Drawn(
        {
            "output_size": sizes,
            "kernel_size": list(kernel),
            "padding": padding,
            "dilation": list(dilation),
            "stride": list(stride),
        }
    )


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({"kernel_size": 3}, (8 * 3 * 3, (10 - 2) * (7 - 2))),
        ({"kernel_size": 3, "padding": 1}, (8 * 3 * 3, 10 * 7)),
        ({"kernel_size": [2, 3], "stride": [2, 1]}, (8 * 2 * 3, 5 * (7 - 2))),
        ({"kernel_size": 2, "dilation": 3}, (8 * 2 * 2, (10 - 3) * (7 - 3))),
    ],
)
def test_columns_of_a_map(arguments: dict[str, object], expected: tuple[int, int]) -> None:
    assert Unfold(**arguments).output_shape((Shape((8, 10, 7), -3),)) == Shape(expected, -2)


def test_leading_axes_of_a_map_stay() -> None:
    assert Unfold(kernel_size=10).output_shape((Shape((4, 8, 10, 10)),)) == Shape((4, 8 * 10 * 10, 1), -2)


def test_refuses_a_block_larger_than_the_map() -> None:
    with pytest.raises(OpError, match=r"a window of 8 .* is larger than the padded width 7"):
        Unfold(kernel_size=8).output_shape((Shape((8, 10, 7), -3),))


def test_refuses_other_lengths() -> None:
    with pytest.raises(OpError, match="stride has 3 values for 2 spatial axes"):
        Unfold(kernel_size=3, stride=[1, 1, 1])


def test_undoes_the_sizes_of_unfold() -> None:
    x = Shape((8 * 3 * 3, (10 - 2) * (7 - 2)), -2)
    op = Fold(output_size=[10, 7], kernel_size=3)
    assert op.output_shape((x,)) == Shape((8, 10, 7), -3)
    assert op.elementwise((x,), op.output_shape((x,))) == {"fold": 8 * 3 * 3 * (10 - 2) * (7 - 2)}


def test_leading_axes_of_columns_stay() -> None:
    x = Shape((2, 3, 8 * 4, 3 * 2), -2)
    assert Fold(output_size=[4, 3], kernel_size=2).output_shape((x,)) == Shape((2, 3, 8, 4, 3), -3)


def test_leading_axes_in_words() -> None:
    with pytest.raises(OpError, match=r"^output_size 4×3 has 6 blocks, but the input 2×3×32×7 has 7$"):
        Fold(output_size=[4, 3], kernel_size=2).output_shape((Shape((2, 3, 8 * 4, 7), -2),))


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((8 * 9, 41), -2), "output_size 10×7 has 40 blocks, but the input 72×41 has 41"),
        (Shape((8 * 9 + 1, 40), -2), "the 9 kernel elements do not divide the 73 rows"),
        (Shape((8 * 9, 40), -1), "needs its channels on axis -2"),
    ],
)
def test_refuses_columns(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Fold(output_size=[10, 7], kernel_size=3).output_shape((x,))


def test_refuses_an_output_of_other_rank() -> None:
    with pytest.raises(OpError, match="output_size has 3 values for 2 spatial axes"):
        Fold(output_size=[1, 2, 3], kernel_size=3)
