"""Strides by hand, and against torch where it is there."""

from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calc.strides import channels_last, contiguous, in_order_of, is_channels_last, moved, spread, viewed

SIZES = st.lists(st.sampled_from([1, 2, 2, 3, 4, 6]), min_size=1, max_size=4)


def test_of_a_contiguous_tensor() -> None:
    assert contiguous((2, 3, 4)) == (3 * 4, 4, 1)
    assert contiguous((5,)) == (1,)
    assert contiguous(()) == ()


def test_axes_in_order_are_joined_and_cut() -> None:
    assert viewed((2, 3, 4), (12, 4, 1), (24,)) == (1,)
    assert viewed((2, 3, 4), (12, 4, 1), (2, 2, 6)) == (12, 6, 1)


def test_exchanged_axes_can_be_cut_and_not_joined() -> None:
    assert viewed((3, 2), (1, 3), (6,)) is None
    assert viewed((3, 4), (1, 3), (3, 2, 2)) == (1, 2 * 3, 3)


def test_what_is_repeated_is_seen_as_one_axis() -> None:
    assert viewed((5, 1), (0, 1), (5,)) == (0,)
    assert viewed((2, 5), (1, 0), (10,)) is None


def test_broadcast_axes_stand_still() -> None:
    assert spread((4, 1), (1, 1), (2, 4, 3)) == (0, 1, 0)


def test_what_is_computed_keeps_the_order_of_what_it_reads() -> None:
    assert in_order_of([(1, 3)], (3, 2)) == (1, 3)
    # of a slice of it: the same order, without the gaps
    assert in_order_of([(1, 12)], (3, 2)) == (1, 3)
    # of a repeated axis: it is the slower one, as it stands
    assert in_order_of([(0, 1)], (2, 3)) == (3, 1)
    # the first that tells decides
    assert in_order_of([(0, 0), (1, 2), (3, 1)], (2, 3)) == (1, 2)


def test_maps_with_the_channels_last() -> None:
    assert channels_last((3, 4, 5)) == moved((3, 4, 5), 0, -1) == (1, 5 * 3, 3)
    assert is_channels_last((3, 4, 5), (1, 15, 3))
    assert not is_channels_last((3, 4, 5), (20, 5, 1))
    assert not is_channels_last((4, 5), (1, 4))
    # of maps of one position only the strides tell, of one value nothing
    assert is_channels_last((3, 1, 1), (1, 3, 3))
    assert not is_channels_last((3, 1, 1), (1, 1, 1))
    assert not is_channels_last((1, 1, 1), (1, 1, 1))
    assert moved((3, 4, 5), 2, 0) == (4, 1, 12)


@pytest.mark.torch
@given(st.data(), SIZES)
def test_as_torch_lays_them_out(data: st.DataObject, sizes: list[int]) -> None:
    torch = pytest.importorskip("torch")
    x = torch.empty(sizes)
    for change in data.draw(st.lists(st.sampled_from(["permute", "expand", "slice"]), max_size=3)):
        if change == "permute":
            x = x.permute(data.draw(st.permutations(range(x.dim()))))
        elif change == "expand":
            x = x.expand([data.draw(st.sampled_from([1, 3])) if size == 1 else size for size in x.shape])
        else:
            axis = data.draw(st.integers(0, x.dim() - 1))
            x = x[(slice(None),) * axis + (slice(None, None, 2),)]
    wanted, left = [], x.numel()
    while left > 1:
        wanted.append(data.draw(st.sampled_from([size for size in range(2, left + 1) if left % size == 0])))
        left //= wanted[-1]
    wanted = data.draw(st.permutations(wanted))
    assert prod(wanted) == x.numel()
    try:
        theirs = x.view(wanted).stride()
    except RuntimeError:
        theirs = None
    assert viewed(tuple(x.shape), x.stride(), tuple(wanted)) == theirs
    computed = torch.relu(x).stride()
    ours = in_order_of([x.stride()], tuple(x.shape))
    assert [stride for stride, size in zip(ours, x.shape, strict=True) if size > 1] == [
        stride for stride, size in zip(computed, x.shape, strict=True) if size > 1
    ]
