"""Finds the scale and zero point of a uniform scheme: by maximum, percentile or least squared error.

It works on rows, one per channel, of shape (channels, elements). A per-tensor scheme has one row.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from verify.quantise.errors import QuantiseError
from verify.quantise.fake_quantise import MAX_SCALE, MIN_SCALE, nearest_code
from verify.quantise.scheme import Scheme

CLIPPING_STEPS = 100  # least squares tries this many equal fractions of the full range


class RoundingGrid(NamedTuple):
    """A grid: ``scale`` (float32), ``zero_point`` (int32) and ``all_zero`` (bool), each of shape (channels,).

    A channel counts as all zero if its scale would be below the smallest normal float32. Its scale is then 1, so that
    all its values get the code of zero.
    """

    scale: Tensor
    zero_point: Tensor
    all_zero: Tensor


def estimate(rows: Tensor, scheme: Scheme) -> RoundingGrid:
    """Return the grid of each row under ``scheme``. Raises QuantiseError if a scale is too large for float32."""
    low, high = full_range(rows, scheme)
    if scheme.estimator == "percentile":
        low, high = percentile_range(rows, scheme, low, high)
    grid = grid_of(low, high, scheme)
    return least_squares(rows, low, high, grid, scheme) if scheme.estimator == "mse" else grid


def usable_scale(exact: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``exact`` scales (float64) as float32, with 1 for those that are too small, and a bool mask of these.

    Raises QuantiseError if a scale is too large.
    """
    scale = exact.float()
    if (scale > MAX_SCALE).any():
        raise QuantiseError(f"the values need a scale of {exact.max().item()}, but the largest is {MAX_SCALE}")
    all_zero = scale < MIN_SCALE
    return torch.where(all_zero, 1.0, scale), all_zero


def full_range(rows: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    """Return the smallest and largest value of each row and zero, or -max|w| and max|w| if the scheme is symmetric."""
    if scheme.symmetric:
        high = rows.abs().amax(dim=1)
        return -high, high
    return rows.amin(dim=1).clamp(max=0.0), rows.amax(dim=1).clamp(min=0.0)


def percentile_range(rows: Tensor, scheme: Scheme, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Return the nearest-rank percentile of the magnitudes, or of the values from each end if the scheme is affine.

    If it is zero, because nearly all values are zero, the full range stays, as a range of zero would erase the channel.
    """
    count = rows.shape[1]
    rank = nearest_rank(scheme.percentile, count)
    if scheme.symmetric:
        inner_high = rows.abs().kthvalue(rank, dim=1).values
        inner_low = -inner_high
    else:
        inner_high = rows.kthvalue(rank, dim=1).values.clamp(min=0.0)
        inner_low = rows.kthvalue(count + 1 - rank, dim=1).values.clamp(max=0.0)
    erased = grid_of(inner_low, inner_high, scheme).all_zero
    return torch.where(erased, low, inner_low), torch.where(erased, high, inner_high)


def nearest_rank(percentile: float, count: int) -> int:
    """Return the 1-based rank among ``count`` sorted values at which ``percentile`` per cent of them are reached."""
    return math.ceil(percentile * count / 100)


def grid_of(low: Tensor, high: Tensor, scheme: Scheme) -> RoundingGrid:
    """Return the grid from ``low`` to ``high``.

    In a symmetric scheme, qmax is the code of ``high`` and 0 is that of 0.
    """
    # in float64 the difference cannot overflow, and the quotient is rounded once
    span = high.double() if scheme.symmetric else high.double() - low.double()
    steps = scheme.qmax if scheme.symmetric else scheme.qmax - scheme.qmin
    scale, all_zero = usable_scale(span / steps)
    if scheme.symmetric:
        zero_point = torch.zeros_like(scale, dtype=torch.int32)
    else:
        # the rounding of the quantiser, so that the lowest value gets qmin
        lowest_code = nearest_code(low, scale, torch.zeros_like(scale))
        zero_point = (scheme.qmin - lowest_code).to(torch.int32)
    return RoundingGrid(scale, zero_point, all_zero)


def least_squares(rows: Tensor, low: Tensor, high: Tensor, full: RoundingGrid, scheme: Scheme) -> RoundingGrid:
    """Return the grid of each row with the least squared error, among equal fractions of the full range."""
    best, best_error = full, squared_error(rows, full, scheme)
    for step in range(CLIPPING_STEPS - 1, 0, -1):
        fraction = step / CLIPPING_STEPS
        clipped = grid_of(low * fraction, high * fraction, scheme)
        error = squared_error(rows, clipped, scheme)
        better = error < best_error
        best = RoundingGrid(
            torch.where(better, clipped.scale, best.scale),
            torch.where(better, clipped.zero_point, best.zero_point),
            full.all_zero,
        )
        best_error = torch.where(better, error, best_error)
    return best


def squared_error(rows: Tensor, grid: RoundingGrid, scheme: Scheme) -> Tensor:
    """Return the sum over each row of (value - quantised value)², in float64."""
    scale, zero_point = grid.scale[:, None], grid.zero_point[:, None]
    codes = nearest_code(rows, scale, zero_point).clamp_(scheme.qmin, scheme.qmax)
    return ((codes - zero_point) * scale - rows).double().square().sum(dim=1)
