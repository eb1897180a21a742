"""fold: columns back into a map."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.fold import Fold
from calc.shape import Shape
from tests.calc.ops.drawing import divisors
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
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


def test_undoes_the_sizes_of_unfold() -> None:
    x = Shape((8 * 3 * 3, (10 - 2) * (7 - 2)), -2)
    op = Fold(output_size=[10, 7], kernel_size=3)
    assert op.output_shape((x,)) == Shape((8, 10, 7), -3)
    assert op.elementwise((x,), op.output_shape((x,))) == {"fold": 8 * 3 * 3 * (10 - 2) * (7 - 2)}


def test_leading_axes_stay() -> None:
    x = Shape((2, 3, 8 * 4, 3 * 2), -2)
    assert Fold(output_size=[4, 3], kernel_size=2).output_shape((x,)) == Shape((2, 3, 8, 4, 3), -3)


def test_leading_axes_in_words() -> None:
    with pytest.raises(OpError, match=r"^output_size 4×3 has 6 blocks, the input 2×3×32×7 brings 7$"):
        Fold(output_size=[4, 3], kernel_size=2).output_shape((Shape((2, 3, 8 * 4, 7), -2),))


@pytest.mark.parametrize(
    "x, fact",
    [
        (Shape((8 * 9, 41), -2), "output_size 10×7 has 40 blocks, the input 72×41 brings 41"),
        (Shape((8 * 9 + 1, 40), -2), "the 9 kernel elements do not divide the 73 rows"),
        (Shape((8 * 9, 40), -1), "needs its channels on axis -2"),
    ],
)
def test_refuses(x: Shape, fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        Fold(output_size=[10, 7], kernel_size=3).output_shape((x,))


def test_refuses_other_lengths() -> None:
    with pytest.raises(OpError, match="output_size has 3 values for 2 spatial axes"):
        Fold(output_size=[1, 2, 3], kernel_size=3)
