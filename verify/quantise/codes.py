"""Measures the bits that the values of a forward pass need, from the values themselves.

It shares no arithmetic with the quantiser: codes come from a division, and must give back every value bit for bit.
"""

import torch
from torch import Tensor

from verify.quantise.errors import QuantiseError
from verify.quantise.fake_quantise import check_grid, check_values
from verify.quantise.layout import along, channel_rows, from_rows
from verify.quantise.scheme import MAX_BITS, Scheme, code_range


def recover_codes(values: Tensor, scale: Tensor, zero_point: Tensor, scheme: Scheme) -> Tensor:
    """Return the codes (int32) of ``values`` (float32, as in the forward pass), at their scale and zero point.

    Raises QuantiseError if a value is not exactly (code - zero point) · scale, if a code is not in the scheme's range,
    or if a binary channel holds 0 beside its two values. A binary channel of zeros only is allowed.
    """
    values = values.detach()
    check_values(values)
    check_grid(scale, zero_point, scheme.qmin, scheme.qmax)
    scale, zero_point = along(scale, scheme.axis, values), along(zero_point, scheme.axis, values)
    codes = (values / scale).round().to(torch.int32) + zero_point
    off_grid = ((codes - zero_point) * scale).view(torch.int32) != values.view(torch.int32)
    if off_grid.any():
        raise QuantiseError(
            f"{int(off_grid.sum())} of {values.numel()} values are not a whole multiple of their scale, "
            f"such as {values[off_grid][0].item()}"
        )
    outside = (codes < scheme.qmin) | (codes > scheme.qmax)
    if scheme.kind == "binary":
        zeros = channel_rows(codes, scheme.axis) == 0
        outside |= from_rows(zeros & ~zeros.all(dim=1, keepdim=True), scheme.axis, codes)
    if outside.any():
        raise QuantiseError(
            f"{int(outside.sum())} of {codes.numel()} codes are not among the scheme's {scheme.levels} "
            f"codes from {scheme.qmin} to {scheme.qmax}, such as {codes[outside][0].item()}"
        )
    return codes


def bits_needed(codes: Tensor, zero_point: Tensor, scheme: Scheme) -> int:
    """Return the smallest width of this kind of scheme whose range holds every code and the zero point.

    It is not the logarithm of the number of used levels: nine weights of a depthwise channel cannot use 2^16 levels.
    """
    if scheme.kind != "uniform":
        return scheme.bits
    lowest = min(int(codes.min()), int(zero_point.min()))
    highest = max(int(codes.max()), int(zero_point.max()))
    for bits in range(2, MAX_BITS):
        qmin, qmax = code_range(bits, scheme.symmetric, scheme.narrow_range)
        if qmin <= lowest and highest <= qmax:
            return bits
    return MAX_BITS


def measured_bits(values: Tensor, scale: Tensor, zero_point: Tensor, scheme: Scheme) -> int:
    """Return the bits per weight that ``values`` need with this kind of scheme; at most the bits of the scheme.

    Raises QuantiseError if ``values`` are not on the grid of the scheme.
    """
    return bits_needed(recover_codes(values, scale, zero_point, scheme), zero_point, scheme)
