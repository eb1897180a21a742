"""Pools with padding per side equal torch's, written in another way."""

from typing import Any

import pytest
import torch
from torch import nn

from calc.ops.pool import AvgPool2d, MaxPool2d, Pool
from verify.build import pool

pytestmark = pytest.mark.torch

ARGUMENTS: list[dict[str, Any]] = [
    {"kernel_size": 3, "stride": 2},
    {"kernel_size": [3, 2], "ceil_mode": True},
    {"kernel_size": 2, "stride": 3, "ceil_mode": True},
]
KINDS = [
    (MaxPool2d, {}),
    (AvgPool2d, {}),
    (AvgPool2d, {"count_include_pad": False}),
    (AvgPool2d, {"divisor_override": 5}),
]


def negative(*sizes: int) -> torch.Tensor:
    """Values below 0, so that a maximum over zeros shows."""
    return -1 - torch.rand(sizes, generator=torch.Generator().manual_seed(sum(sizes)))


@pytest.mark.parametrize("size", range(4, 9))
@pytest.mark.parametrize("arguments", ARGUMENTS)
@pytest.mark.parametrize("kind, divisor", KINDS)
def test_equal_sides_are_torchs_own_padding(
    kind: type[Pool], divisor: dict[str, Any], arguments: dict[str, Any], size: int
) -> None:
    x = negative(2, 3, size, size + 1)
    pairs = pool.build(kind(**arguments, **divisor, padding=[[1, 1], [1, 1]]), (x,))
    plain = pool.build(kind(**arguments, **divisor, padding=1), (x,))
    assert isinstance(plain, (nn.MaxPool2d, nn.AvgPool2d))
    assert torch.allclose(pairs(x), plain(x))


@pytest.mark.parametrize("kind, divisor", KINDS)
def test_padding_after_alone_drops_the_first_windows(kind: type[Pool], divisor: dict[str, Any]) -> None:
    x = negative(2, 3, 7, 7)
    after = pool.build(kind(kernel_size=3, stride=1, padding=[[0, 1], [0, 1]], **divisor), (x,))
    both = pool.build(kind(kernel_size=3, stride=1, padding=1, **divisor), (x,))
    assert torch.allclose(after(x), both(x)[..., 1:, 1:])


@pytest.mark.parametrize("size", [5, 6])
def test_same_with_a_stride_leaves_the_padding_out(size: int) -> None:
    x = negative(1, 1, size, size)
    maximum, mean, counted = (
        pool.build(kind(kernel_size=3, stride=2, padding="same", **fields), (x,))(x)
        for kind, fields in ((MaxPool2d, {}), (AvgPool2d, {}), (AvgPool2d, {"count_include_pad": True}))
    )
    before = size % 2  # an even size is padded at its end alone
    for i in range(3):
        for j in range(3):
            rows, columns = (slice(max(2 * at - before, 0), 2 * at - before + 3) for at in (i, j))
            window = x[0, 0, rows, columns]
            assert maximum[0, 0, i, j] == window.max()
            assert torch.isclose(mean[0, 0, i, j], window.mean())
            assert torch.isclose(counted[0, 0, i, j], window.sum() / 9)


@pytest.mark.parametrize("kind, divisor", KINDS)
def test_leading_axes_are_a_larger_batch(kind: type[Pool], divisor: dict[str, Any]) -> None:
    x = negative(2, 3, 4, 6, 6)
    built = pool.build(kind(kernel_size=2, **divisor), (x,))
    assert torch.equal(built(x).flatten(0, 1), built(x.flatten(0, 1)))
