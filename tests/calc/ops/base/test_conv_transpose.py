"""Products of drawn transposed convolutions, against a loop over every input position and tap."""

from collections import Counter
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.ops import op_class
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_conv_transpose


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
    drawn = draw_conv_transpose(data.draw, x, rank)
    op = op_class(f"conv_transpose{rank}d")(**drawn.arguments)
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
    op = op_class("conv_transpose1d")(
        out_channels=4, kernel_size=kernel_size, stride=stride, dilation=dilation, groups=2
    )
    (counted,) = op.macs((x,), op.output_shape((x,)))
    assert counted.fan_in == 6 // 2 * max(Counter(landings(op, (30,))).values())
