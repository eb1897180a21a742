"""The max and average pools: shapes and windows, and what PyTorch refuses."""

from math import prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.ops.pool import AvgPool1d, AvgPool2d, AvgPool3d, MaxPool, MaxPool1d, MaxPool2d, MaxPool3d
from calc.shape import Shape
from tests.calc.ops.drawing import channels_precede, draw_each, draw_padding, draw_pairs, draw_written
from tests.strategies import Drawn


def draw_arguments(draw: st.DrawFn, x: Shape, word: str) -> Drawn | None:
    """Every field."""
    op = op_class(word)
    rank, dilated = op.rank, issubclass(op, MaxPool)
    if not channels_precede(x, rank):
        return None
    ceil_mode = draw(st.booleans())
    stride = draw_each(draw, rank, 1, 4)
    # a dilation larger than the input could leave a window on padding alone, whose maximum is −∞
    dilation = [draw(st.integers(1, min(3, size))) if dilated else 1 for size in x.sizes[-rank:]]
    # with ceil_mode a window may hang over the end by less than a stride, except in avg_pool3d
    over = [step - 1 if ceil_mode and (dilated or rank < 3) else 0 for step in stride]
    reach = [size + more for size, more in zip(x.sizes[-rank:], over, strict=True)]
    kernel = [draw(st.integers(1, min(4, (most - 1) // d + 1))) for most, d in zip(reach, dilation, strict=True)]
    pairs = draw_pairs(draw, [k // 2 for k in kernel])
    arguments: dict[str, Any] = {
        "kernel_size": draw_written(draw, kernel),
        "stride": draw_written(draw, stride),
        "padding": draw_padding(draw, pairs),
        "ceil_mode": ceil_mode,
    }
    if word := draw(st.sampled_from(["", "", "", "same", "valid"])):
        arguments["padding"] = word
    if dilated:
        arguments["dilation"] = draw_written(draw, dilation)
    if draw(st.booleans()) and (
        word == "same" or all(d * (k - 1) < size for size, k, d in zip(x.sizes[-rank:], kernel, dilation, strict=True))
    ):
        del arguments["stride"]
    if not dilated:
        arguments["count_include_pad"] = draw(st.none() | st.booleans())
        if rank > 1:
            arguments["divisor_override"] = draw(st.none() | st.integers(1, 9))
    return Drawn(arguments)


@pytest.mark.parametrize(
    "kind, sizes, halved",
    [
        (MaxPool1d, (112,), (56,)),
        (MaxPool2d, (112, 112), (56, 56)),
        (MaxPool3d, (8, 112, 112), (4, 56, 56)),
        (AvgPool1d, (112,), (56,)),
        (AvgPool2d, (112, 112), (56, 56)),
        (AvgPool3d, (8, 112, 112), (4, 56, 56)),
    ],
)
def test_halves_the_size(kind, sizes, halved):
    rank = len(sizes)
    x = (Shape((64, *sizes), -rank - 1),)
    op = kind(kernel_size=3, stride=2, padding=1)
    output = op.output_shape(x)
    assert output == Shape((64, *halved), -rank - 1)
    assert op.parameters(x) == {}
    assert op.macs(x, output) == ()
    assert op.elementwise(x, output) == {op.word: 64 * prod(halved) * 3**rank}


@pytest.mark.parametrize(
    "kind, rank, axis", [(MaxPool1d, 1, "length"), (MaxPool2d, 2, "height"), (MaxPool3d, 3, "depth")]
)
def test_dilation_spreads_the_window(kind, rank, axis):
    x = (Shape((1, 5, 9, 9)[: rank + 1], -rank - 1),)
    assert kind(kernel_size=3, dilation=2, stride=1).output_shape(x).sizes[1] == 5 - 2 * 2
    with pytest.raises(OpError, match=rf"a window of 7 .* is larger than the padded {axis} 5"):
        kind(kernel_size=3, dilation=3).output_shape(x)


@pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
def test_ceil_mode_keeps_the_last_partial_window(kind):
    x = (Shape((4, 112, 112), -3),)
    assert kind(kernel_size=3, stride=2, ceil_mode=True).output_shape(x) == Shape((4, 56, 56), -3)
    assert kind(kernel_size=3, stride=2).output_shape(x) == Shape((4, 55, 55), -3)


@pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
def test_padding_per_side(kind):
    op = kind(kernel_size=3, stride=2, padding=[[0, 1], 1])
    assert op.output_shape((Shape((4, 8, 8), -3),)) == Shape((4, (8 + 1 - 3) // 2 + 1, (8 + 2 - 3) // 2 + 1), -3)


@pytest.mark.parametrize("kind", [MaxPool2d, AvgPool2d])
def test_padding_per_side_drops_a_window_that_starts_in_the_padding_after(kind):
    op = kind(kernel_size=2, stride=3, padding=[[0, 1], 0], ceil_mode=True)
    # starts at 0 and 3; the next one, at 6, is the padding
    assert op.output_shape((Shape((1, 6, 6), -3),)) == Shape((1, 2, 2), -3)


def test_dilation_allows_no_more_padding():
    with pytest.raises(OpError, match=r"padding=2 is more than half of the kernel, which is 3"):
        MaxPool2d(kernel_size=3, dilation=2, padding=2)


def test_what_divides_the_sum_changes_no_count():
    x = (Shape((4, 8, 8), -3),)
    op = AvgPool2d(kernel_size=2, count_include_pad=False, divisor_override=3)
    assert op.elementwise(x, op.output_shape(x)) == {"avg_pool2d": 4 * 4 * 4 * (2 * 2)}


def test_has_no_divisor_override():
    with pytest.raises(OpError, match="unknown key divisor_override"):
        AvgPool1d(kernel_size=2, divisor_override=3)


def test_refuses_a_kernel_that_only_fits_with_its_padding():
    with pytest.raises(OpError, match=r"a kernel of 3 is larger than the width 2 without its padding"):
        AvgPool3d(kernel_size=3, padding=1).output_shape((Shape((1, 3, 3, 2), -4),))


def window_starts(size, span, stride, before, after, ceil_mode):
    """Starts of the windows, the data standing at 0 to size − 1."""
    found = [start for start in range(-before, size + after, stride) if start + span <= size + after]
    following = found[-1] + stride if found else -before
    covered = found[-1] + span if found else -before
    if ceil_mode and covered < size + after and following < size:
        found.append(following)
    return found


@pytest.mark.parametrize("word", ["max_pool2d", "avg_pool2d"])
@given(data=st.data())
def test_output_has_one_element_a_window(word, data):
    x = Shape(tuple(data.draw(st.lists(st.integers(1, 8), min_size=3, max_size=4))), -3)
    drawn = draw_arguments(data.draw, x, word)
    op = op_class(word)(**drawn.arguments)
    output = op.output_shape((x,))
    windows = []
    for axis, size in enumerate(x.sizes[-2:]):
        kernel, stride, padding, dilation = (
            value[axis] if isinstance(value, tuple) else value
            for value in (
                op.kernel_size,
                op.kernel_size if op.stride is None else op.stride,
                op.padding,
                op.dilation if word == "max_pool2d" else 1,
            )
        )
        if padding == "same":
            windows.append(len(range(0, size, stride)))
            continue
        words = {"valid": (0, 0)}
        before, after = padding if isinstance(padding, tuple) else words.get(padding, (padding, padding))
        windows.append(len(window_starts(size, dilation * (kernel - 1) + 1, stride, before, after, op.ceil_mode)))
    assert output == Shape((*x.sizes[:-2], *windows), -3)


RANKS = {f"{kind}_pool{rank}d": rank for kind in ("max", "avg") for rank in (1, 2, 3)}


def channels_before(rank, size):
    return Shape((4, *[size] * rank), -rank - 1)


@pytest.mark.parametrize("word, rank", RANKS.items())
class TestEveryPool:
    def test_the_stride_is_the_kernel_size_unless_given(self, word, rank):
        op = op_class(word)(kernel_size=2)
        assert op.output_shape((channels_before(rank, 8),)) == channels_before(rank, 8 // 2)

    def test_leading_axes_stay(self, word, rank):
        x = Shape((7, 4, *[8] * rank), -rank - 1)
        assert op_class(word)(kernel_size=8).output_shape((x,)) == Shape((7, 4, *[1] * rank), -rank - 1)

    def test_an_unknown_axis_is_known_again(self, word, rank):
        x = Shape((4, *[8] * rank))
        assert op_class(word)(kernel_size=2).output_shape((x,)).channel_axis == -rank - 1

    def test_refuses_padding_of_more_than_half_the_kernel(self, word, rank):
        with pytest.raises(OpError, match=r"padding=2 is more than half of the kernel, which is 3"):
            op_class(word)(kernel_size=3, padding=2)

    def test_refuses_a_list_for_another_number_of_axes(self, word, rank):
        with pytest.raises(OpError, match=rf"stride has {rank + 1} values for {rank} spatial axes"):
            op_class(word)(kernel_size=3, stride=[2] * (rank + 1))

    def test_refuses_a_window_larger_than_the_input(self, word, rank):
        with pytest.raises(OpError, match=r"a window of 9 \(kernel 9, dilation 1\) is larger than the padded .* 8"):
            op_class(word)(kernel_size=9).output_shape((channels_before(rank, 8),))

    def test_refuses_channels_that_stand_elsewhere(self, word, rank):
        with pytest.raises(OpError, match=r"are on axis -1"):
            op_class(word)(kernel_size=1).output_shape((Shape((*[8] * rank, 4), -1),))


@pytest.mark.parametrize("word", ["max_pool2d", "avg_pool2d"])
def test_same_has_a_window_every_stride(word):
    x = (Shape((3, 7, 10), -3),)
    assert op_class(word)(kernel_size=[3, 4], stride=1, padding="same").output_shape(x) == x[0]
    for ceil_mode in (False, True):
        op = op_class(word)(kernel_size=3, stride=2, padding="same", ceil_mode=ceil_mode)
        assert op.output_shape(x) == Shape((3, 4, 5), -3)
    # a stride that is not given is the kernel: ⌈7 / 3⌉ and ⌈10 / 3⌉
    assert op_class(word)(kernel_size=3, padding="same").output_shape(x) == Shape((3, 3, 4), -3)
    assert op_class(word)(kernel_size=3, padding="valid").output_shape(x) == Shape((3, 7 // 3, 10 // 3), -3)


def test_same_lets_a_kernel_be_larger_than_the_input():
    x = (Shape((1, 2, 2, 3), -4),)
    assert AvgPool3d(kernel_size=5, stride=2, padding="same").output_shape(x) == Shape((1, 1, 1, 2), -4)


def test_same_refuses_a_window_on_padding_alone():
    odd, even = (MaxPool1d(kernel_size=kernel, stride=1, dilation=5, padding="same") for kernel in (3, 2))
    x = (Shape((1, 3), -2),)
    assert odd.output_shape(x) == x[0]  # the tap in the middle is on the data
    # the windows start 2 before the data, at −2, −1 and 0; taps at 3 and 4 are after it
    with pytest.raises(OpError, match=r"2 of 3 windows over the length 3 would see only padding \(kernel 2, dil"):
        even.output_shape(x)
