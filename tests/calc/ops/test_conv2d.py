"""conv2d: shapes, parameters, products, and what PyTorch refuses."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.conv2d import Conv2d
from calc.shape import Shape
from tests.calc.ops.base.checks import chw
from tests.calc.ops.base.drawing import draw_convolution
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no map."""
    return draw_convolution(draw, x, 2)


def products(op, *inputs):
    return op.macs(inputs, op.output_shape(inputs))


def test_mobilenet_stem():
    x = (chw(3, 224, 224),)
    op = Conv2d(out_channels=32, kernel_size=3, stride=2, padding=1, bias=False)
    output = op.output_shape(x)
    assert output == chw(32, 112, 112)
    assert op.parameters(x) == {"weight": (32, 3, 3, 3)}
    (counted,) = op.macs(x, output)
    assert (counted.weight, counted.macs) == ("weight", 32 * 3 * 3 * 3 * 112 * 112)
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
    assert (counted.weight, counted.operands) == (None, (0, 1))
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
        ({"padding": "same", "stride": 2}, "padding=same needs stride=1, got stride=2"),
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
            "padding_mode=reflect can pad a width of 4 by at most 3, got 4",
        ),
        (
            {"padding": 5, "padding_mode": "circular"},
            (chw(3, 4, 9),),
            "padding_mode=circular can pad a height of 4 by at most 4, got 5",
        ),
        ({}, (chw(3, 9, 9), Shape((8, 4, 3, 3))), "the weight that arrives is 8×4×3×3, the fields ask for 8×3×3×3"),
        ({}, (chw(3, 9, 9), Shape((8, 3, 3, 3)), Shape((7,))), "the bias that arrives is 7, out_channels=8"),
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
