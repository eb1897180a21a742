"""conv1d, conv2d and conv3d: shapes, parameters, products, and what PyTorch refuses."""

from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.base import Input, Parameter
from calc.ops.conv import Conv1d, Conv2d, Conv3d
from calc.shape import Shape
from tests.calc.ops.checks import chw
from tests.calc.ops.drawing import channels_precede, draw_each, draw_padding, draw_pairs, draw_weights, draw_written
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field; the weight, or weight and bias, sometimes arrive."""
    rank = op_class(word).rank
    if not channels_precede(x, rank):
        return None
    sizes = x.sizes[-rank:]
    mode = draw(st.sampled_from(["zeros", "zeros", "zeros", "reflect", "replicate", "circular"]))
    longest = {"reflect": [size - 1 for size in sizes], "circular": list(sizes)}.get(mode, [3] * rank)
    pairs = draw_pairs(draw, [min(3, most) for most in longest])
    dilation = draw_each(draw, rank, 1, 3)
    room = [(size + sum(pair) - 1) // step + 1 for size, pair, step in zip(sizes, pairs, dilation, strict=True)]
    kernel = [draw(st.integers(1, min(5, most))) for most in room]
    stride = draw_each(draw, rank, 1, 3)
    padding = draw_padding(draw, pairs)
    word = draw(st.sampled_from(["", "", "", "same", "valid"]))
    reach = [step * (k - 1) for step, k in zip(dilation, kernel, strict=True)]
    if word == "same":
        padding, stride = word, draw(st.sampled_from([stride, [1] * rank]))
        # what a mode other than zeros pads, at most half of the window's reach, comes from the data
        mode = "zeros" if any((r + 1) // 2 > most for r, most in zip(reach, longest, strict=True)) else mode
    if word == "valid" and all(r < size for r, size in zip(reach, sizes, strict=True)):
        padding = word
    arguments, others = draw_weights(draw, x.sizes[-rank - 1], kernel, transposed=False)
    arguments |= {
        "stride": draw_written(draw, stride),
        "padding": padding,
        "dilation": draw_written(draw, dilation),
        "padding_mode": mode,
    }
    return Drawn(arguments, others)


def products(op, *inputs):
    return op.macs(inputs, op.output_shape(inputs))


def test_mobilenet_stem():
    x = (chw(3, 224, 224),)
    op = Conv2d(out_channels=32, kernel_size=3, stride=2, padding=1, bias=False)
    output = op.output_shape(x)
    assert output == chw(32, 112, 112)
    assert op.parameters(x) == {"weight": (32, 3, 3, 3)}
    (counted,) = op.macs(x, output)
    assert (counted.weight, counted.macs) == (Parameter("weight"), 32 * 3 * 3 * 3 * 112 * 112)
    # the first window of each axis has one tap in the padding; the last one ends on the data
    assert counted.effective_macs == 32 * 3 * (3 * 112 - 1) * (3 * 112 - 1)
    assert counted.fan_in == 3 * 3 * 3
    assert op.elementwise(x, output) == {}


def test_groups_divide_the_weight_and_the_macs():
    x = (chw(8, 5, 5),)
    op = Conv2d(out_channels=12, kernel_size=3, groups=4)
    assert op.parameters(x) == {"weight": (12, 8 // 4, 3, 3), "bias": (12,)}
    (counted,) = products(op, *x)
    assert counted.macs == counted.effective_macs == 12 * (8 // 4) * 3 * 3 * (3 * 3)
    assert op.elementwise(x, chw(12, 3, 3)) == {"bias": 12 * 3 * 3}


@pytest.mark.parametrize(
    "arguments, kind",
    [
        ({"kernel_size": 3}, "standard"),
        ({"kernel_size": 1}, "pointwise"),
        ({"kernel_size": [1, 3]}, "standard"),
        ({"kernel_size": 3, "groups": 2}, "grouped"),
        ({"kernel_size": 1, "groups": 4}, "depthwise"),
    ],
)
def test_kind(arguments, kind):
    assert Conv2d(out_channels=8, **arguments).kind((chw(4, 9, 9),)) == kind


def test_one_group_of_one_channel_is_not_depthwise():
    assert Conv2d(out_channels=8, kernel_size=3).kind((chw(1, 9, 9),)) == "standard"


@pytest.mark.parametrize(
    "sizes, kernel_size, dilation, pads",
    [
        ((15, 15), 3, 1, [(1, 1), (1, 1)]),
        ((224, 112), 3, 1, [(0, 1), (0, 1)]),
        ((9, 10), 4, 1, [(1, 2), (1, 1)]),
        ((7, 8), [1, 5], 1, [(0, 0), (1, 2)]),
        ((7, 8), 3, 3, [(3, 3), (2, 3)]),
        ((1, 2), 7, 1, [(3, 3), (2, 3)]),
    ],
)
def test_same_with_a_stride_pads_for_the_size_that_arrives(sizes, kernel_size, dilation, pads):
    x = (chw(3, *sizes),)
    fields = {"out_channels": 8, "kernel_size": kernel_size, "stride": 2, "dilation": dilation}
    op, by_hand = Conv2d(**fields, padding="same"), Conv2d(**fields, padding=[list(pair) for pair in pads])
    output = op.output_shape(x)
    assert output == by_hand.output_shape(x) == chw(8, (sizes[0] + 1) // 2, (sizes[1] + 1) // 2)
    assert op.macs(x, output) == by_hand.macs(x, output)


@pytest.mark.parametrize("kernel_size, dilation", [(3, 1), (4, 1), (31, 1), (4, 3), ([2, 5], [3, 1])])
def test_same_keeps_the_size(kernel_size, dilation):
    op = Conv2d(out_channels=2, kernel_size=kernel_size, dilation=dilation, padding="same")
    assert op.output_shape((chw(3, 32, 31),)) == chw(2, 32, 31)


def test_padding_per_side():
    op = Conv2d(out_channels=2, kernel_size=3, stride=2, padding=[[0, 1], [2, 0]])
    assert op.output_shape((chw(3, 8, 8),)) == chw(2, (8 + 1 - 3) // 2 + 1, (8 + 2 - 3) // 2 + 1)


def test_valid_is_no_padding():
    assert Conv2d(out_channels=2, kernel_size=3, padding="valid").output_shape((chw(3, 8, 8),)) == chw(2, 6, 6)


def test_leading_axes_multiply():
    x = Shape((7, 3, 5, 5), -3)
    op = Conv2d(out_channels=4, kernel_size=5)
    (counted,) = products(op, x)
    assert op.output_shape((x,)) == Shape((7, 4, 1, 1), -3)
    assert counted.macs == 7 * 4 * 3 * 5 * 5


def test_padding_by_data_is_effective():
    (zeros,) = products(Conv2d(out_channels=1, kernel_size=3, padding=1), chw(1, 4, 4))
    (reflect,) = products(Conv2d(out_channels=1, kernel_size=3, padding=1, padding_mode="reflect"), chw(1, 4, 4))
    assert zeros.macs == reflect.macs == reflect.effective_macs == 3 * 3 * 4 * 4
    assert zeros.effective_macs == (3 * 4 - 2) * (3 * 4 - 2)


def test_a_weight_that_arrives_is_no_parameter():
    x, weight, bias = chw(4, 5, 5), Shape((6, 2, 3, 3)), Shape((6,))
    op = Conv2d(out_channels=6, kernel_size=3, groups=2)
    assert op.parameters((x, weight)) == {"bias": (6,)}
    assert op.parameters((x, weight, bias)) == {}
    (counted,) = products(op, x, weight)
    assert (counted.weight, counted.operands) == (None, (Input(0), Input(1)))
    assert counted.macs == 6 * 2 * 3 * 3 * (3 * 3)


def test_a_bias_that_arrives_is_added():
    x, weight, bias = chw(4, 5, 5), Shape((6, 4, 3, 3)), Shape((6,))
    op = Conv2d(out_channels=6, kernel_size=3, bias=False)
    assert op.elementwise((x, weight), chw(6, 3, 3)) == {}
    assert op.elementwise((x, weight, bias), chw(6, 3, 3)) == {"bias": 6 * 3 * 3}


def test_an_unknown_axis_takes_its_usual_place():
    assert Conv2d(out_channels=2, kernel_size=1).output_shape((Shape((3, 4, 5)),)).channel_axis == -3


@pytest.mark.parametrize(
    "arguments, fact",
    [
        ({"groups": 3}, "groups=3 does not divide out_channels=8"),
        ({"padding": ["same", 1]}, "padding=['same', 1]: must be an integer of at least 0, one per axis"),
        ({"padding": [1, 2, 3]}, "padding has 3 values for 2 spatial axes"),
        ({"stride": [1]}, "stride has 1 values for 2 spatial axes"),
        ({"padding": -1}, "padding=-1: must be"),
        ({"stride": 0}, "stride=0: must be a positive integer"),
        ({"padding": "full"}, "padding='full': must be"),
        ({"out_channels": 3.0}, "out_channels=3.0: must be a positive integer"),
        ({"out_channels": True}, "out_channels=true: must be a positive integer"),
        ({"padding_mode": "mirror"}, "padding_mode='mirror': must be zeros or reflect or replicate or circular"),
        ({"in_channels": 3}, "unknown key in_channels"),
    ],
)
def test_refused_arguments(arguments, fact):
    with pytest.raises(OpError) as caught:
        Conv2d(**({"out_channels": 8, "kernel_size": 3} | arguments))
    assert fact in caught.value.fact


@pytest.mark.parametrize(
    "arguments, inputs, fact",
    [
        ({"groups": 8}, (chw(6, 9, 9),), "groups=8 does not divide in_channels=6"),
        ({"kernel_size": 5}, (chw(3, 9, 4),), "a window of 5 (kernel 5, dilation 1) is larger than the padded width 4"),
        ({}, (Shape((9, 9, 3), -1),), "those of the input 9×9×3 are on axis -1"),
        ({}, (Shape((9, 9)),), "needs (channels, height, width), got 2 axes (9×9)"),
        (
            {"padding": 4, "padding_mode": "reflect"},
            (chw(3, 9, 4),),
            "padding_mode=reflect pads a width of 4 by at most 3, got 4",
        ),
        (
            {"padding": 5, "padding_mode": "circular"},
            (chw(3, 4, 9),),
            "padding_mode=circular pads a height of 4 by at most 4, got 5",
        ),
        ({}, (chw(3, 9, 9), Shape((8, 4, 3, 3))), "the weight that arrives is 8×4×3×3, but must be 8×3×3×3"),
        ({}, (chw(3, 9, 9), Shape((8, 3, 3, 3)), Shape((7,))), "the bias that arrives is 7, but out_channels=8"),
    ],
)
def test_refused_inputs(arguments, inputs, fact):
    op = Conv2d(**({"out_channels": 8, "kernel_size": 3} | arguments))
    with pytest.raises(OpError) as caught:
        op.output_shape(inputs)
    assert fact in caught.value.fact


def test_replicated_padding_may_be_larger_than_the_input():
    op = Conv2d(out_channels=1, kernel_size=3, padding=5, padding_mode="replicate")
    assert op.output_shape((chw(1, 2, 2),)) == chw(1, 2 + 2 * 5 - 2, 2 + 2 * 5 - 2)


def test_dilated_causal_convolution():
    x = (Shape((16, 100), -2),)
    op = Conv1d(out_channels=24, kernel_size=3, dilation=4, padding=[[8, 0]])
    output = op.output_shape(x)
    assert output == Shape((24, 100), -2)
    assert op.parameters(x) == {"weight": (24, 16, 3), "bias": (24,)}
    (counted,) = op.macs(x, output)
    assert counted.macs == 24 * 16 * 3 * 100
    # the first tap falls on padding in 8 windows, the second in 4
    assert counted.effective_macs == 24 * 16 * (3 * 100 - 8 - 4)


def test_refuses_channels_last():
    with pytest.raises(OpError, match=r"those of the input 100×16 are on axis -1"):
        Conv1d(out_channels=4, kernel_size=1).output_shape((Shape((100, 16), -1),))


def test_video_stem():
    x = (Shape((3, 16, 112, 112), -4),)
    op = Conv3d(out_channels=64, kernel_size=[3, 7, 7], stride=[1, 2, 2], padding=[1, 3, 3], bias=False)
    output = op.output_shape(x)
    assert output == Shape((64, 16, 56, 56), -4)
    assert op.parameters(x) == {"weight": (64, 3, 3, 7, 7)}
    (counted,) = op.macs(x, output)
    assert counted.macs == 64 * 3 * (3 * 7 * 7) * (16 * 56 * 56)
    # a window of 7 that moves by 2 over 112 leaves 3 + 1 taps in the padding before and 2 after
    assert counted.effective_macs == 64 * 3 * (3 * 16 - 2) * (7 * 56 - 3 - 1 - 2) ** 2


def test_names_the_axis_that_is_too_small():
    with pytest.raises(OpError, match=r"larger than the padded depth 2"):
        Conv3d(out_channels=1, kernel_size=3).output_shape((Shape((1, 2, 9, 9), -4),))


def same_pair(size, kernel, stride, dilation):
    """tf.nn.convolution: the total makes the output ⌈size / stride⌉; where it is odd, the end has one more."""
    spent = size % stride or stride
    total = max(dilation * (kernel - 1) + 1 - spent, 0)
    return total // 2, total - total // 2


def pairs_of(op, sizes):
    """(before, after) an axis, worked out from the words of the documentation."""
    rank = len(sizes)
    if op.padding == "same":
        fields = [each(field, rank) for field in (op.kernel_size, op.stride, op.dilation)]
        return [same_pair(*axis) for axis in zip(sizes, *fields, strict=True)]
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
        pairs_of(op, sizes),
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
    word = f"conv{rank}d"
    drawn = draw_arguments(data.draw, x, word)
    op = op_class(word)(**drawn.arguments)
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
