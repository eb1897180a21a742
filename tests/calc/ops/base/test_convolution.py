"""Products of drawn convolutions, against a loop over every window and tap."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.ops import op_class
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_convolution


def pairs_of(op, rank):
    """(before, after) an axis, worked out from the words of the documentation."""
    if op.padding == "same":
        totals = [d * (k - 1) for d, k in zip(each(op.dilation, rank), each(op.kernel_size, rank), strict=True)]
        return [(total // 2, total - total // 2) for total in totals]
    if op.padding == "valid":
        return [(0, 0)] * rank
    return [(p, p) if isinstance(p, int) else p for p in each(op.padding, rank)]


def each(value, rank):
    return value if isinstance(value, tuple) else (value,) * rank


def taps(op, sizes):
    """For every window, its taps as positions of the input; outside the data where it is padded."""
    axes = []
    for size, kernel, stride, dilation, (before, after) in zip(
        sizes,
        each(op.kernel_size, len(sizes)),
        each(op.stride, len(sizes)),
        each(op.dilation, len(sizes)),
        pairs_of(op, len(sizes)),
        strict=True,
    ):
        span = dilation * (kernel - 1) + 1
        windows = range(-before, size + after - span + 1, stride)
        axes.append([[start + tap * dilation for tap in range(kernel)] for start in windows])
    return [list(product(*window)) for window in product(*axes)]


@pytest.mark.parametrize("rank", [1, 2])
@given(data=st.data())
def test_counts_every_window_and_tap(rank, data):
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=rank + 1, max_size=rank + 2))
    x = Shape(tuple(sizes), -rank - 1)
    drawn = draw_convolution(data.draw, x, rank)
    op = op_class(f"conv{rank}d")(**drawn.arguments)
    inputs = (x, *drawn.others)
    output = op.output_shape(inputs)
    (counted,) = op.macs(inputs, output)

    windows = taps(op, x.sizes[-rank:])
    on_data = [
        position
        for window in windows
        for position in window
        if all(0 <= p < size for p, size in zip(position, x.sizes[-rank:], strict=True))
    ]
    positions = prod(x.sizes[: -rank - 1])
    channel_pairs = op.out_channels * x.sizes[-rank - 1] // op.groups
    dense = positions * channel_pairs * sum(map(len, windows))
    assert output.elements == positions * op.out_channels * len(windows)
    assert counted.macs == dense
    # reflected, repeated and wrapped padding is data
    padded_by_zeros = op.padding_mode == "zeros"
    assert counted.effective_macs == (positions * channel_pairs * len(on_data) if padded_by_zeros else dense)
    assert counted.fan_in * op.groups == x.sizes[-rank - 1] * len(windows[0])
