"""Scale and zero point of a uniform scheme, from the values: by maximum, percentile or least squared error.

Works on rows, one per channel (a per-tensor scheme has one row): shape (channels, elements).
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
    """``scale`` (float32), ``zero_point`` (int32) and ``all_zero`` (bool), each of shape (channels,).

    A channel counts as all zero where its scale would be below the smallest normal float32. Its scale is then 1,
    at which every value it can hold has the code of zero.
    """

    scale: Tensor
    zero_point: Tensor
    all_zero: Tensor


def estimate(rows: Tensor, scheme: Scheme) -> RoundingGrid:
    """The grid of each row under ``scheme``. Raises QuantiseError where a scale would be too large for float32."""
    low, high = full_range(rows, scheme)
    if scheme.estimator == "percentile":
        low, high = percentile_range(rows, scheme, low, high)
    grid = grid_of(low, high, scheme)
    return least_squares(rows, low, high, grid, scheme) if scheme.estimator == "mse" else grid


def usable_scale(exact: Tensor) -> tuple[Tensor, Tensor]:
    """``exact`` scales (float64) as float32, 1 where they are too small, and a bool tensor of where that is.

    Raises QuantiseError where one is too large.
    """
    scale = exact.float()
    if (scale > MAX_SCALE).any():
        raise QuantiseError(f"the values need a scale of {exact.max().item()}, above {MAX_SCALE}")
    all_zero = scale < MIN_SCALE
    return torch.where(all_zero, 1.0, scale), all_zero


def full_range(rows: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    """Smallest and largest value of each row, zero included; symmetric: -max|w| and max|w|."""
    if scheme.symmetric:
        high = rows.abs().amax(dim=1)
        return -high, high
    return rows.amin(dim=1).clamp(max=0.0), rows.amax(dim=1).clamp(min=0.0)


def percentile_range(rows: Tensor, scheme: Scheme, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """The nearest-rank percentile of the magnitudes, or affine: of the values from either end.

    Where it is zero (nearly all values are) the full range stays: a range of zero would erase the channel.
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
    """The 1-based rank, among ``count`` sorted values, below or at which ``percentile`` per cent of them lie."""
    return math.ceil(percentile * count / 100)


def grid_of(low: Tensor, high: Tensor, scheme: Scheme) -> RoundingGrid:
    """The grid that spans ``low`` to ``high``; symmetric: qmax stands for ``high`` and 0 for 0."""
    # in float64, where the difference cannot overflow and the quotient rounds once
    span = high.double() if scheme.symmetric else high.double() - low.double()
    steps = scheme.qmax if scheme.symmetric else scheme.qmax - scheme.qmin
    scale, all_zero = usable_scale(span / steps)
    if scheme.symmetric:
        zero_point = torch.zeros_like(scale, dtype=torch.int32)
    else:
        # by the rounding of the quantiser itself, so that the lowest value falls on qmin
        lowest_code = nearest_code(low, scale, torch.zeros_like(scale))
        zero_point = (scheme.qmin - lowest_code).to(torch.int32)
    return RoundingGrid(scale, zero_point, all_zero)


def least_squares(rows: Tensor, low: Tensor, high: Tensor, full: RoundingGrid, scheme: Scheme) -> RoundingGrid:
    """The grid of each row with the least squared error, among equal fractions of the full range."""
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
    """Sum over each row of (value - quantised value)², in float64."""
    scale, zero_point = grid.scale[:, None], grid.zero_point[:, None]
    codes = nearest_code(rows, scale, zero_point).clamp_(scheme.qmin, scheme.qmax)
    return ((codes - zero_point) * scale - rows).double().square().sum(dim=1)
