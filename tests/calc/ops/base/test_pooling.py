"""Pools: drawn ones against a loop over every window, and what they refuse alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops import op_class
from calc.shape import Shape
from tests.calc.ops.base.drawing import draw_pool


def window_starts(size, span, stride, before, after, ceil_mode):
    """Starts of the windows, the data standing at 0 to size − 1."""
    found = [start for start in range(-before, size + after, stride) if start + span <= size + after]
    following = found[-1] + stride if found else -before
    covered = found[-1] + span if found else -before
    if ceil_mode and covered < size + after and following < size:
        found.append(following)
    return found


@pytest.mark.parametrize("word, dilated", [("max_pool2d", True), ("avg_pool2d", False)])
@given(data=st.data())
def test_output_has_one_element_a_window(word, dilated, data):
    x = Shape(tuple(data.draw(st.lists(st.integers(1, 8), min_size=3, max_size=4))), -3)
    drawn = draw_pool(data.draw, x, 2, dilated=dilated)
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
                op.dilation if dilated else 1,
            )
        )
        around = dilation * (kernel - 1)
        words = {"same": (around // 2, around - around // 2), "valid": (0, 0)}
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


@pytest.mark.parametrize("word, rank", [(f"adaptive_{word}", rank) for word, rank in RANKS.items()])
class TestEveryAdaptivePool:
    def test_null_keeps_every_size(self, word, rank):
        x = channels_before(rank, 8)
        assert op_class(word)(output_size=None).output_shape((x,)) == x

    def test_refuses_a_list_for_another_number_of_axes(self, word, rank):
        with pytest.raises(OpError, match=rf"output_size has {rank + 1} values for {rank} spatial axes"):
            op_class(word)(output_size=[1] * (rank + 1))

    def test_refuses_an_empty_output(self, word, rank):
        with pytest.raises(OpError, match=r"output_size=0: must be a positive integer or null, or one per axis"):
            op_class(word)(output_size=0)

    def test_refuses_channels_that_stand_elsewhere(self, word, rank):
        with pytest.raises(OpError, match=r"are on axis -1"):
            op_class(word)(output_size=1).output_shape((Shape((*[8] * rank, 4), -1),))


@pytest.mark.parametrize("word", ["max_pool2d", "avg_pool2d"])
def test_same_keeps_the_size_and_wants_stride_1(word):
    x = (Shape((3, 7, 10), -3),)
    assert op_class(word)(kernel_size=[3, 4], stride=1, padding="same").output_shape(x) == x[0]
    with pytest.raises(OpError, match=r"padding=same needs stride=1, got stride=\[3, 3\]") as error:
        op_class(word)(kernel_size=3, padding="same")
    assert error.value.hint == "a pool's stride is its kernel_size unless it is given"
    assert op_class(word)(kernel_size=3, padding="valid").output_shape(x) == Shape((3, 7 // 3, 10 // 3), -3)
