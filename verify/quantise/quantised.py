"""A tensor and its quantised form."""

from dataclasses import dataclass

import torch
from torch import Tensor

from verify.quantise.errors import QuantiseError
from verify.quantise.fake_quantise import FakeQuantise, StraightThrough, check_grid, check_values
from verify.quantise.layout import along, channel_rows, from_rows
from verify.quantise.low_bits import low_bit_grid
from verify.quantise.ranges import RoundingGrid, estimate
from verify.quantise.scheme import Scheme


@dataclass(frozen=True, eq=False)
class Quantised:
    """``values`` = (``codes`` - ``zero_point``) · ``scale``, in float32.

    ``values`` and ``codes`` (int32) have the shape of the tensor; ``scale`` (float32), ``zero_point`` (int32) and
    ``all_zero`` (bool) have shape () per tensor and (channels,) per channel. Where ``all_zero``, the values are 0
    and the scale is 1. ``values`` carries the straight-through gradient to the tensor: for a uniform scheme where
    the code was in range before clamping, for binary and ternary everywhere.
    """

    values: Tensor
    codes: Tensor
    scale: Tensor
    zero_point: Tensor
    all_zero: Tensor
    scheme: Scheme


def quantise(tensor: Tensor, scheme: Scheme) -> Quantised:
    """``tensor`` (float32, any shape) quantised by ``scheme``, which estimates the range.

    Raises QuantiseError for another dtype, no elements, NaN, infinity, a missing axis, values too large, or a
    scheme whose scale is to be given.
    """
    check_values(tensor)
    rows = channel_rows(tensor.detach(), scheme.axis)
    if scheme.estimator == "given":
        raise QuantiseError("this scheme has no estimator: its scale is given", "call quantise_given")
    if scheme.kind == "uniform":
        return on_grid(tensor, scheme, one_per_channel(estimate(rows, scheme), scheme))
    row_codes, row_grid = low_bit_grid(rows, scheme)
    codes, grid = from_rows(row_codes, scheme.axis, tensor), one_per_channel(row_grid, scheme)
    values = StraightThrough.apply(tensor, codes, along(grid.scale, scheme.axis, tensor))
    return Quantised(values, codes, *grid, scheme)


def quantise_given(tensor: Tensor, scheme: Scheme, scale: Tensor, zero_point: Tensor) -> Quantised:
    """``tensor`` (float32) quantised at a scale (float32) and zero point (int32), of shape () or (channels,).

    Raises QuantiseError as ``quantise`` does, and for a scale or zero point that is not usable, or not one for
    each channel.
    """
    check_values(tensor)
    if scheme.estimator != "given":
        raise QuantiseError(f"estimator {scheme.estimator!r} finds its own scale", "use estimator='given'")
    wanted = () if scheme.axis is None else (len(channel_rows(tensor, scheme.axis)),)
    if scale.shape != wanted:
        raise QuantiseError(f"a scale of shape {tuple(scale.shape)}, where the scheme needs {wanted}")
    check_grid(scale, zero_point, scheme.qmin, scheme.qmax)
    return on_grid(tensor, scheme, RoundingGrid(scale, zero_point, torch.zeros_like(scale, dtype=torch.bool)))


def on_grid(tensor: Tensor, scheme: Scheme, grid: RoundingGrid) -> Quantised:
    """``tensor`` on a uniform grid."""
    scale, zero_point = (along(each, scheme.axis, tensor) for each in (grid.scale, grid.zero_point))
    values, codes = FakeQuantise.apply(tensor, scale, zero_point, scheme.qmin, scheme.qmax)
    return Quantised(values, codes, *grid, scheme)


def one_per_channel(grid: RoundingGrid, scheme: Scheme) -> RoundingGrid:
    """The grid of rows as scheme parameters: a per-tensor scheme has shape ()."""
    return grid if scheme.axis is not None else RoundingGrid(*(each.reshape(()) for each in grid))
