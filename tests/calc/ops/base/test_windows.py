"""Windows and their taps, against a loop over every window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.errors import OpError
from calc.ops.base.windows import same_padding, taps_inside, window_count, window_span

sizes = st.integers(1, 12)
kernels = st.integers(1, 5)
steps = st.integers(1, 4)
pads = st.integers(0, 4)


def starts(size: int, span: int, stride: int, before: int, after: int, ceil: bool) -> list[int]:
    """First positions of all windows, the data standing at 0 to size − 1."""
    found = []
    start = -before
    while start + span <= size + after:
        found.append(start)
        start += stride
    # the next window hangs over the end: with ceil it counts if it starts before the padding there
    last_covered = found[-1] + span if found else -before
    if ceil and last_covered < size + after and start < size:
        found.append(start)
    return found


@given(sizes, kernels, steps, st.tuples(pads, pads), steps)
def test_window_count_is_the_number_of_windows_that_fit(size, kernel, stride, padding, dilation):
    windows = starts(size, dilation * (kernel - 1) + 1, stride, *padding, ceil=False)
    if windows:
        assert window_count(size, kernel, stride, padding, dilation, "width") == len(windows)
    else:
        with pytest.raises(OpError, match=r"is larger than the padded width"):
            window_count(size, kernel, stride, padding, dilation, "width")


@given(sizes, kernels, steps, st.data())
def test_ceil_counts_a_last_partial_window(size, kernel, stride, data):
    before, after = data.draw(st.tuples(*[st.integers(0, kernel // 2)] * 2))
    windows = starts(size, kernel, stride, before, after, ceil=True)
    if kernel <= size + before + after:
        assert window_count(size, kernel, stride, (before, after), 1, "width", ceil=True) == len(windows)


def test_ceil_lets_one_window_be_larger_than_the_input():
    assert window_count(2, 3, 2, (0, 0), 1, "width", ceil=True) == 1


def test_ceil_refuses_a_window_that_misses_a_whole_stride():
    with pytest.raises(OpError, match=r"a window of 4 .* larger than the padded width 2"):
        window_count(2, 4, 2, (0, 0), 1, "width", ceil=True)


def test_ceil_drops_a_window_that_starts_in_the_padding_after():
    # 1 + 4 + 1 = 6 positions; windows at 0, 2, 4 of the padded axis, the one at 6 would start beyond the data
    assert window_count(5, 2, 2, (1, 1), 1, "width", ceil=True) == 3


@given(sizes, kernels, steps, st.tuples(pads, pads), steps)
def test_taps_of_a_convolution_on_data(size, kernel, stride, padding, dilation):
    windows = starts(size, dilation * (kernel - 1) + 1, stride, *padding, ceil=False)
    on_data = sum(0 <= start + tap * dilation < size for start in windows for tap in range(kernel))
    assert taps_inside(len(windows), kernel, stride, padding[0], dilation, size) == on_data


@given(sizes, kernels, steps, pads, steps, st.integers(1, 20))
def test_taps_of_a_transposed_convolution_that_are_kept(size, kernel, stride, before, dilation, outputs):
    kept = sum(
        0 <= position * stride + tap * dilation - before < outputs for position in range(size) for tap in range(kernel)
    )
    assert taps_inside(size, kernel, stride, before, dilation, outputs) == kept


def test_taps_of_a_huge_kernel_take_no_time():
    # 10**8 on both sides of 8: every one of the 8 positions meets every tap that some window brings there
    kernel = before = 10**8
    windows = 8 + 2 * before - kernel + 1
    assert taps_inside(windows, kernel, 1, before, 1, 8) == 8 * kernel
    # position p meets taps t ≤ p + before with p + before − t a multiple of 3, from 0 to windows − 1
    expected = sum((p + before) // 3 - max(0, -(-(p + before - kernel + 1) // 3)) + 1 for p in range(8))
    assert taps_inside((windows - 1) // 3 + 1, kernel, 3, before, 1, 8) == expected


def test_window_span():
    assert window_span(3, 1) == 3
    assert window_span(3, 4) == 1 + 4 + 4


def test_same_padding_puts_the_odd_position_after():
    assert same_padding(9, 3, 1, 1) == (1, 1)
    assert same_padding(9, 4, 1, 1) == (1, 2)
    assert same_padding(9, 2, 1, 3) == (1, 2)


@given(size=st.integers(1, 40), kernel=st.integers(1, 9), stride=st.integers(1, 6), dilation=st.integers(1, 4))
def test_same_padding_is_the_least_that_gives_a_window_every_stride(size, kernel, stride, dilation):
    before, after = same_padding(size, kernel, stride, dilation)
    starts = range(0, size, stride)
    missing = starts[-1] + window_span(kernel, dilation) - size
    assert before + after == max(0, missing)
    assert after - before in (0, 1)
    assert window_count(size, kernel, stride, (before, after), dilation, "width") == len(starts)


def test_a_window_too_large_says_what_pads_the_axis():
    with pytest.raises(OpError) as error:
        window_count(3, 4, 1, (1, 2), 3, "height")
    assert error.value.fact == ("a window of 10 (kernel 4, dilation 3) is larger than the padded height 6 (1 + 3 + 2)")
