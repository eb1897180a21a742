"""conv_transpose2d: shapes, parameters, products, and what PyTorch refuses."""

import pytest
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.conv_transpose2d import ConvTranspose2d
from calc.shape import Shape
from tests.calc.ops.base.checks import chw
from tests.calc.ops.base.drawing import draw_conv_transpose
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape) -> Drawn | None:
    """Every field; None where ``x`` is no map."""
    return draw_conv_transpose(draw, x, 2)


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
    assert (counted.weight, counted.operands) == (None, (0, 1))


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
