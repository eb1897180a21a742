"""deform_conv2d: a convolution's product, its samples as elements, and offsets that fit."""

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from calc.errors import OpError
from calc.ops.base import Parameter, Product
from calc.ops.deform_conv import DeformConv2d
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.calc.ops.drawing import channels_precede, divisors, draw_each, draw_written
from tests.strategies import Drawn


def draw_arguments(draw: DrawFn, x: Shape) -> Drawn | None:
    """Every field; offsets of several groups, and sometimes a mask."""
    if x.rank != 3 or not channels_precede(x, 2):
        return None
    channels, *sizes = x.sizes
    kernel, stride, padding = draw_each(draw, 2, 1, 3), draw_each(draw, 2, 1, 2), draw_each(draw, 2, 0, 1)
    dilation = draw_each(draw, 2, 1, 2)
    fields = list(zip(sizes, kernel, stride, padding, dilation, strict=True))
    if any(size + 2 * pad < step * (k - 1) + 1 for size, k, _, pad, step in fields):
        return None
    positions = [(size + 2 * pad - spread * (k - 1) - 1) // step + 1 for size, k, step, pad, spread in fields]
    groups = draw(st.sampled_from(divisors(channels, 4)))
    depth = kernel[0] * kernel[1] * draw(st.sampled_from(divisors(channels, 2)))
    arguments = {
        "out_channels": groups * draw(st.integers(1, 3)),
        "groups": groups,
        "bias": draw(st.booleans()),
        "kernel_size": draw_written(draw, kernel),
        "stride": draw_written(draw, stride),
        "padding": draw_written(draw, padding),
        "dilation": draw_written(draw, dilation),
    }
    others = (Shape((2 * depth, *positions), -3), Shape((depth, *positions), -3))
    return Drawn(arguments, others[: draw(st.integers(1, 2))])


def test_counts() -> None:
    x, offset, mask = chw(8, 20, 20), chw(2 * 9, 10, 10), chw(9, 10, 10)
    op = DeformConv2d(out_channels=16, kernel_size=3, stride=2, padding=1, groups=2)
    output = op.output_shape((x, offset))
    assert output == chw(16, 10, 10)
    assert op.parameters((x, offset)) == {"weight": (16, 8 // 2, 3, 3), "bias": (16,)}
    macs = 16 * 4 * 9 * 10 * 10
    assert op.macs((x, offset), output) == (Product(Parameter("weight"), macs, macs, 4 * 9),)
    sampled = {"deform_conv2d": 8 * 9 * 10 * 10, "bias": 16 * 10 * 10}
    assert op.elementwise((x, offset), output) == sampled
    assert op.elementwise((x, offset, mask), output) == sampled | {"multiply": 8 * 9 * 10 * 10}
    assert op.kind((x, offset)) == "deformable"


@pytest.mark.parametrize(
    "inputs, fact",
    [
        ((chw(8, 20, 20), chw(17, 20, 20)), "offset must be 20×20 with a multiple of 18 channels, got 17×20×20"),
        ((chw(8, 20, 20), chw(18, 19, 20)), "offset must be 20×20 with a multiple of 18 channels, got 18×19×20"),
        ((chw(8, 20, 20), chw(54, 20, 20)), "offset has 54 channels, so 3 groups, which does not divide in_channels=8"),
        ((chw(8, 20, 20), chw(18, 20, 20), chw(18, 20, 20)), "mask must be 9×20×20, got 18×20×20"),
        ((Shape((2, 8, 20, 20), -3), chw(18, 20, 20)), r"needs \(channels, height, width\), got 4 axes"),
        ((Shape((20, 20, 8), -1), chw(18, 20, 20)), "are on axis -1"),
    ],
)
def test_refuses(inputs: tuple[Shape, ...], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        DeformConv2d(out_channels=4, kernel_size=3, padding=1).output_shape(inputs)
