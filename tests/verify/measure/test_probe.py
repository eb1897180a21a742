"""The probe against a loop over every position, tap and channel of a convolution."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tests.verify.measure.networks import measure_layer

pytestmark = pytest.mark.torch

Sizes = tuple[int, ...]


def count_by_loops(positions: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, data: Sizes):
    """(all, on data) pairs of a window and a tap; tap t of window p stands at p·stride + t·dilation − padding."""
    everything = on_data = 0
    for window in product(*map(range, positions)):
        for tap in product(*map(range, kernel)):
            everything += 1
            axes = zip(window, stride, tap, dilation, padding, strict=True)
            places = [p * s + t * d - before for p, s, t, d, before in axes]
            on_data += all(0 <= place < size for place, size in zip(places, data, strict=True))
    return everything, on_data


@st.composite
def convolutions(draw, transposed: bool):
    axes = draw(st.integers(1, 2))
    groups = draw(st.sampled_from([1, 2, 3]))
    in_per_group, out_per_group, batch = draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(1, 2))

    def per_axis(low, high):
        return tuple(draw(st.integers(low, high)) for _ in range(axes))

    kernel, stride, dilation, padding = per_axis(1, 4), per_axis(1, 3), per_axis(1, 3), per_axis(0, 3)
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    if transposed:
        # the smallest input with an output left after cropping
        sizes = tuple(draw(st.integers(1, 4)) + 2 * p for p in padding)
        output_padding = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
        extra = {"output_padding": output_padding}
    else:
        sizes = tuple(max(1, span - 2 * p) + draw(st.integers(0, 4)) for span, p in zip(spans, padding, strict=True))
        extra = {}
    modules = {False: (nn.Conv1d, nn.Conv2d), True: (nn.ConvTranspose1d, nn.ConvTranspose2d)}
    module = modules[transposed][axes - 1](
        groups * in_per_group,
        groups * out_per_group,
        kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        **extra,
    )
    return module, (batch, groups * in_per_group, *sizes), batch * groups * in_per_group * out_per_group


@settings(max_examples=60, deadline=None)
@given(convolutions(transposed=False))
def test_convolutions(drawn):
    module, shape, channel_pairs = drawn
    row = measure_layer(module, *shape)
    dense, effective = count_by_loops(
        row.output_shape[2:], module.kernel_size, module.stride, module.padding, module.dilation, shape[2:]
    )
    assert (row.probe_macs, row.effective_macs) == (channel_pairs * dense, channel_pairs * effective)
    assert row.dispatcher_macs == row.probe_macs


@settings(max_examples=60, deadline=None)
@given(convolutions(transposed=True))
def test_transposed_convolutions(drawn):
    module, shape, channel_pairs = drawn
    row = measure_layer(module, *shape)
    dense, effective = count_by_loops(
        shape[2:], module.kernel_size, module.stride, module.padding, module.dilation, row.output_shape[2:]
    )
    assert (row.probe_macs, row.effective_macs) == (channel_pairs * dense, channel_pairs * effective)
    assert row.dispatcher_macs == row.probe_macs


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 3), st.integers(1, 9))
def test_same_padding(kernel, dilation, size):
    row = measure_layer(nn.Conv1d(1, 1, kernel, padding="same", dilation=dilation), 1, 1, size)
    before = dilation * (kernel - 1) // 2
    assert row.output_shape == (1, 1, size)
    assert (row.probe_macs, row.effective_macs) == count_by_loops(
        (size,), (kernel,), (1,), (before,), (dilation,), (size,)
    )


def test_three_axes():
    module = nn.Conv3d(2, 4, (2, 3, 1), stride=(1, 2, 1), padding=(1, 2, 0), dilation=(2, 1, 1), groups=2)
    row = measure_layer(module, 1, 2, 4, 5, 3)
    dense, effective = count_by_loops((4, 4, 3), (2, 3, 1), (1, 2, 1), (1, 2, 0), (2, 1, 1), (4, 5, 3))
    assert row.output_shape == (1, 4, 4, 4, 3)
    assert (row.probe_macs, row.effective_macs) == (4 * dense, 4 * effective)
    assert effective < dense
