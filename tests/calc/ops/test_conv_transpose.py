"""conv_transpose1d, 2d and 3d: shapes, parameters, products, and what PyTorch refuses."""

from collections import Counter
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.base import Input
from calc.ops.conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.calc.ops.drawing import channels_precede, draw_each, draw_weights, draw_written
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field; the weight, or weight and bias, sometimes arrive."""
    rank = op_class(word).rank
    if not channels_precede(x, rank):
        return None
    kernel, stride, dilation = (draw_each(draw, rank, 1, 4) for _ in range(3))
    extra = [draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)]
    padding = [
        draw(st.integers(0, min(3, ((size - 1) * s + d * (k - 1) + e) // 2)))
        for size, k, s, d, e in zip(x.sizes[-rank:], kernel, stride, dilation, extra, strict=True)
    ]
    arguments, others = draw_weights(draw, x.sizes[-rank - 1], kernel, transposed=True)
    arguments |= {
        "stride": draw_written(draw, stride),
        "padding": draw_written(draw, padding),
        "output_padding": draw_written(draw, extra),
        "dilation": draw_written(draw, dilation),
    }
    return Drawn(arguments, others)


def test_upsampling_by_two():
    x = (chw(64, 14, 14),)
    op = ConvTranspose2d(out_channels=32, kernel_size=2, stride=2)
    output = op.output_shape(x)
    assert output == chw(32, 28, 28)
    assert op.parameters(x) == {"weight": (64, 32, 2, 2), "bias": (32,)}
    (counted,) = op.macs(x, output)
    assert counted.macs == counted.effective_macs == 64 * 32 * 2 * 2 * (14 * 14)
    assert counted.fan_in == 64
    assert op.elementwise(x, output) == {"bias": 32 * 28 * 28}
    assert op.kind(x) == "transposed"


def test_groups_divide_once():
    x = (chw(8, 5, 5),)
    op = ConvTranspose2d(out_channels=8, kernel_size=3, groups=8, bias=False)
    assert op.parameters(x) == {"weight": (8, 1, 3, 3)}
    (counted,) = op.macs(x, op.output_shape(x))
    assert counted.macs == 8 * 1 * 3 * 3 * (5 * 5)


def test_padding_crops_and_cropped_products_are_not_effective():
    x = (chw(2, 4, 4),)
    op = ConvTranspose2d(out_channels=3, kernel_size=3, padding=1, bias=False)
    output = op.output_shape(x)
    assert output == chw(3, 4, 4)
    (counted,) = op.macs(x, output)
    assert counted.macs == 2 * 3 * (3 * 4) * (3 * 4)
    # on each axis the first position's first tap and the last position's last tap fall outside
    assert counted.effective_macs == 2 * 3 * (3 * 4 - 2) * (3 * 4 - 2)


def test_output_padding_uncrops_the_end():
    op = ConvTranspose2d(out_channels=3, kernel_size=3, stride=2, padding=1, output_padding=[1, 0])
    assert op.output_shape((chw(2, 7, 7),)) == chw(3, 2 * 6 - 2 + 3 + 1, 2 * 6 - 2 + 3)


def test_leading_axes_multiply():
    x = (Shape((7, 2, 4, 4), -3),)
    op = ConvTranspose2d(out_channels=3, kernel_size=2, bias=False)
    output = op.output_shape(x)
    assert output == Shape((7, 3, 5, 5), -3)
    (counted,) = op.macs(x, output)
    assert counted.macs == 7 * 2 * 3 * 2 * 2 * (4 * 4)


def test_a_weight_that_arrives_is_no_parameter():
    x, weight = chw(4, 5, 5), Shape((4, 3, 2, 2))
    op = ConvTranspose2d(out_channels=6, kernel_size=2, groups=2)
    assert op.parameters((x, weight)) == {"bias": (6,)}
    (counted,) = op.macs((x, weight), op.output_shape((x, weight)))
    assert (counted.weight, counted.operands) == (None, (Input(0), Input(1)))


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"output_padding": 1}, "output_padding=1 must be smaller than the stride or the dilation, got stride 1"),
        ({"output_padding": [1, 2], "stride": [2, 2]}, "output_padding=2 must be smaller"),
        ({"groups": 3}, "groups=3 does not divide out_channels=8"),
        ({"output_padding": [0, 0, 0]}, "output_padding has 3 values for 2 spatial axes"),
        ({"padding": "same"}, "padding='same': must be an integer of at least 0"),
        ({"padding_mode": "reflect"}, "unknown key padding_mode"),
    ],
)
def test_refused_arguments(arguments, fact):
    with pytest.raises(OpError) as caught:
        ConvTranspose2d(**({"out_channels": 8, "kernel_size": 3} | arguments))
    assert fact in caught.value.fact


def test_output_padding_may_reach_the_dilation():
    op = ConvTranspose2d(out_channels=1, kernel_size=2, dilation=3, output_padding=2)
    assert op.output_shape((chw(1, 4, 4),)) == chw(1, 3 + 3 + 1 + 2, 3 + 3 + 1 + 2)


@pytest.mark.parametrize(
    "arguments, x, fact",
    [
        ({"groups": 4}, chw(6, 9, 9), "groups=4 does not divide in_channels=6"),
        ({"padding": 2}, chw(1, 2, 2), "padding=2 on both sides crops away the whole height of 4"),
        ({}, Shape((9, 9, 3), -1), "are on axis -1"),
    ],
)
def test_refused_inputs(arguments, x, fact):
    op = ConvTranspose2d(**({"out_channels": 8, "kernel_size": 3} | arguments))
    with pytest.raises(OpError) as caught:
        op.output_shape((x,))
    assert fact in caught.value.fact


def test_one_position_may_be_left_and_none_may_not():
    # (1 − 1) · 1 + 3 = 3 positions, less the padding on both sides
    one = ConvTranspose2d(out_channels=2, kernel_size=3, padding=1)
    assert one.output_shape((Shape((4, 1, 1), -3),)) == Shape((2, 1, 1), -3)
    with pytest.raises(OpError, match="padding=2 on both sides crops away the whole height of 3"):
        ConvTranspose2d(out_channels=2, kernel_size=3, padding=2).output_shape((Shape((4, 1, 1), -3),))


def test_vocoder_upsampling():
    x = (Shape((512, 32), -2),)
    op = ConvTranspose1d(out_channels=256, kernel_size=16, stride=8, padding=4)
    output = op.output_shape(x)
    assert output == Shape((256, 31 * 8 - 2 * 4 + 16), -2)
    assert op.parameters(x) == {"weight": (512, 256, 16), "bias": (256,)}
    (counted,) = op.macs(x, output)
    assert counted.macs == 512 * 256 * 16 * 32
    assert counted.effective_macs == 512 * 256 * (16 * 32 - 4 - 4)
    # every output adds the taps of two neighbouring inputs
    assert counted.fan_in == 512 * 16 // 8


def test_axes_of_their_own():
    x = (Shape((4, 2, 3, 5), -4),)
    op = ConvTranspose3d(out_channels=6, kernel_size=[1, 2, 3], stride=[1, 2, 1], groups=2, bias=False)
    output = op.output_shape(x)
    assert output == Shape((6, 2, 2 * 3, 5 + 2), -4)
    assert op.parameters(x) == {"weight": (4, 6 // 2, 1, 2, 3)}
    (counted,) = op.macs(x, output)
    assert counted.macs == counted.effective_macs == 4 * (6 // 2) * (1 * 2 * 3) * (2 * 3 * 5)


def each(value, rank):
    return value if isinstance(value, tuple) else (value,) * rank


def landings(op, sizes):
    """Where each product lands in the output before cropping, one entry a pair (input position, tap)."""
    axes = [
        [position * stride + tap * dilation for position in range(size) for tap in range(kernel)]
        for size, kernel, stride, dilation in zip(
            sizes,
            each(op.kernel_size, len(sizes)),
            each(op.stride, len(sizes)),
            each(op.dilation, len(sizes)),
            strict=True,
        )
    ]
    return list(product(*axes))


@pytest.mark.parametrize("rank", [1, 2])
@given(data=st.data())
def test_counts_every_input_position_and_tap(rank, data):
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=rank + 1, max_size=rank + 2))
    x = Shape(tuple(sizes), -rank - 1)
    word = f"conv_transpose{rank}d"
    drawn = draw_arguments(data.draw, x, word)
    op = op_class(word)(**drawn.arguments)
    inputs = (x, *drawn.others)
    output = op.output_shape(inputs)
    (counted,) = op.macs(inputs, output)

    products = landings(op, x.sizes[-rank:])
    kept = [
        landing
        for landing in products
        if all(
            padding <= position < padding + size
            for position, padding, size in zip(landing, each(op.padding, rank), output.sizes[-rank:], strict=True)
        )
    ]
    channel_pairs = prod(x.sizes[:-rank]) * op.out_channels // op.groups
    assert counted.macs == channel_pairs * len(products)
    assert counted.effective_macs == channel_pairs * len(kept)


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel_size", [1, 2, 3, 5])
def test_fan_in_is_the_longest_sum(stride, dilation, kernel_size):
    x = Shape((6, 30), -2)
    op = ConvTranspose1d(out_channels=4, kernel_size=kernel_size, stride=stride, dilation=dilation, groups=2)
    (counted,) = op.macs((x,), op.output_shape((x,)))
    assert counted.fan_in == 6 // 2 * max(Counter(landings(op, (30,))).values())
