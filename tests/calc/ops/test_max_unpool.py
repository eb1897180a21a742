"""max_unpool1d, max_unpool2d and max_unpool3d: the size of the map that was pooled, and nothing multiplied."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.max_unpool import MaxUnpool1d, MaxUnpool2d
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.calc.ops.drawing import channels_precede, draw_each, draw_written
from tests.strategies import Drawn

WORDS = ("max_unpool1d", "max_unpool2d", "max_unpool3d")


def draw_arguments(draw: DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field, and a map of which such a pool would leave ``x``."""
    rank = op_class(word).rank
    if not channels_precede(x, rank):
        return None
    kernel, stride = draw_each(draw, rank, 1, 3), draw_each(draw, rank, 1, 3)
    padding = [
        draw(st.integers(0, min(k // 2, (size - 1) * s // 2)))
        for k, s, size in zip(kernel, stride, x.sizes[-rank:], strict=True)
    ]
    arguments = {"kernel_size": draw_written(draw, kernel), "padding": draw_written(draw, padding)}
    if stride != kernel or draw(st.booleans()):
        arguments["stride"] = draw_written(draw, stride)
    pooled = [
        (size - 1) * s + k - 2 * pad + draw(st.integers(0, s - 1))
        for size, k, s, pad in zip(x.sizes[-rank:], kernel, stride, padding, strict=True)
    ]
    return Drawn(arguments, (Shape((*x.sizes[:-rank], *pooled), -rank - 1),))


def test_gives_back_the_size_that_was_pooled() -> None:
    inputs = (chw(4, 3, 4), chw(4, 7, 8))
    op = MaxUnpool2d(kernel_size=2)
    assert op.output_shape(inputs) == chw(4, 7, 8)
    assert op.parameters(inputs) == {}
    assert op.macs(inputs, inputs[1]) == ()
    assert op.elementwise(inputs, inputs[1]) == {}


@pytest.mark.parametrize("word, rank", [(word, int(word[-2])) for word in WORDS])
def test_leading_axes_stay(word: str, rank: int) -> None:
    x, pooled = (Shape((5, 4, *[size] * rank), -rank - 1) for size in (3, 6))
    assert op_class(word)(kernel_size=2).output_shape((x, pooled)) == pooled


@pytest.mark.parametrize(
    "arguments, inputs, fact",
    [
        ({}, (chw(4, 3, 4), chw(4, 7, 7)), "a max pool with these fields makes 4×3×3 of 4×7×7, but x is 4×3×4"),
        ({}, (chw(4, 3, 4), chw(5, 7, 8)), "makes 5×3×4 of 5×7×8, but x is 4×3×4"),
        ({"stride": 1}, (chw(4, 3, 4), chw(4, 7, 8)), "makes 4×6×7 of 4×7×8, but x is 4×3×4"),
        ({}, (chw(4, 3, 4), Shape((7, 8, 4), -1)), "are on axis -1"),
    ],
)
def test_refuses(arguments: dict[str, int], inputs: tuple[Shape, Shape], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        MaxUnpool2d(kernel_size=2, **arguments).output_shape(inputs)


def test_refuses_padding_of_more_than_half_the_kernel() -> None:
    with pytest.raises(OpError, match="padding=2 is more than half of the kernel, which is 3"):
        MaxUnpool1d(kernel_size=3, padding=2)
