"""Quantises a tensor by a scheme."""

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
    """A quantised tensor: ``values`` = (``codes`` - ``zero_point``) · ``scale``, in float32.

    ``values`` and ``codes`` (int32) have the shape of the tensor. ``scale`` (float32), ``zero_point`` (int32) and
    ``all_zero`` (bool) have the shape () per tensor and (channels,) per channel. Where ``all_zero`` is true, the values
    are 0 and the scale is 1. ``values`` has a straight-through gradient to the tensor: in a uniform scheme where the
    code was in range before clamping, in binary and ternary schemes everywhere.
    """

    values: Tensor
    codes: Tensor
    scale: Tensor
    zero_point: Tensor
    all_zero: Tensor
    scheme: Scheme


def quantise(tensor: Tensor, scheme: Scheme) -> Quantised:
    """Quantise ``tensor`` (float32, any shape) by ``scheme``, which estimates the range.

    Raises QuantiseError for another dtype, no elements, NaN, infinity, a missing axis, values that are too large, or a
    scheme with the estimator ``given``.
    """
    check_values(tensor)
    rows = channel_rows(tensor.detach(), scheme.axis)
    if scheme.estimator == "given":
        raise QuantiseError("this scheme has no estimator, because its scale is given", "call quantise_given")
    if scheme.kind == "uniform":
        return on_grid(tensor, scheme, one_per_channel(estimate(rows, scheme), scheme))
    row_codes, row_grid = low_bit_grid(rows, scheme)
    codes, grid = from_rows(row_codes, scheme.axis, tensor), one_per_channel(row_grid, scheme)
    values = StraightThrough.apply(tensor, codes, along(grid.scale, scheme.axis, tensor))
    return Quantised(values, codes, *grid, scheme)


def quantise_given(tensor: Tensor, scheme: Scheme, scale: Tensor, zero_point: Tensor) -> Quantised:
    """Quantise ``tensor`` (float32) at a scale (float32) and zero point (int32), of shape () or (channels,).

    Raises QuantiseError like ``quantise``, and for a scale or zero point that cannot be used, or whose shape does not
    fit the scheme.
    """
    check_values(tensor)
    if scheme.estimator != "given":
        raise QuantiseError(f"estimator {scheme.estimator!r} finds its own scale", "use estimator='given'")
    wanted = () if scheme.axis is None else (len(channel_rows(tensor, scheme.axis)),)
    if scale.shape != wanted:
        raise QuantiseError(f"the scale has the shape {tuple(scale.shape)}, but the scheme needs {wanted}")
    check_grid(scale, zero_point, scheme.qmin, scheme.qmax)
    return on_grid(tensor, scheme, RoundingGrid(scale, zero_point, torch.zeros_like(scale, dtype=torch.bool)))


def on_grid(tensor: Tensor, scheme: Scheme, grid: RoundingGrid) -> Quantised:
    """Quantise ``tensor`` on a uniform grid."""
    scale, zero_point = (along(each, scheme.axis, tensor) for each in (grid.scale, grid.zero_point))
    values, codes = FakeQuantise.apply(tensor, scale, zero_point, scheme.qmin, scheme.qmax)
    return Quantised(values, codes, *grid, scheme)


def one_per_channel(grid: RoundingGrid, scheme: Scheme) -> RoundingGrid:
    """Return ``grid`` in the shape of the scheme: (channels,) per channel, and () per tensor."""
    return grid if scheme.axis is not None else RoundingGrid(*(each.reshape(()) for each in grid))
