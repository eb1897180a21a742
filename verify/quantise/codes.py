"""Measured bits: the width that the values a forward pass used need, read back from those values alone.

Shares no arithmetic with the quantiser: codes come back by division, and must rebuild every value bit for bit.
"""

import torch
from torch import Tensor

from verify.quantise.errors import QuantiseError
from verify.quantise.fake_quantise import check_grid, check_values
from verify.quantise.layout import along, channel_rows, from_rows
from verify.quantise.scheme import MAX_BITS, Scheme, code_range


def recover_codes(values: Tensor, scale: Tensor, zero_point: Tensor, scheme: Scheme) -> Tensor:
    """The codes (int32) behind ``values`` (float32, as the forward pass used them), at their scale and zero point.

    Raises QuantiseError where a value is not (code - zero point) · scale to the last bit, a code is not one of the
    scheme's, or a binary channel holds 0 next to its two values (one of zeros alone may be).
    """
    values = values.detach()
    check_values(values)
    check_grid(scale, zero_point, scheme.qmin, scheme.qmax)
    scale, zero_point = along(scale, scheme.axis, values), along(zero_point, scheme.axis, values)
    codes = (values / scale).round().to(torch.int32) + zero_point
    off_grid = ((codes - zero_point) * scale).view(torch.int32) != values.view(torch.int32)
    if off_grid.any():
        raise QuantiseError(
            f"{int(off_grid.sum())} of {values.numel()} values are no whole multiple of their scale, "
            f"such as {values[off_grid][0].item()}"
        )
    outside = (codes < scheme.qmin) | (codes > scheme.qmax)
    if scheme.kind == "binary":
        zeros = channel_rows(codes, scheme.axis) == 0
        outside |= from_rows(zeros & ~zeros.all(dim=1, keepdim=True), scheme.axis, codes)
    if outside.any():
        raise QuantiseError(
            f"{int(outside.sum())} of {codes.numel()} codes are none of the scheme's {scheme.levels} "
            f"from {scheme.qmin} to {scheme.qmax}, such as {codes[outside][0].item()}"
        )
    return codes


def bits_needed(codes: Tensor, zero_point: Tensor, scheme: Scheme) -> int:
    """The smallest width of this kind of scheme whose range holds every code, and the zero point, the code of 0.

    Not the logarithm of the levels in use: nine weights of a depthwise channel can never use 2^16 levels.
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
    """Bits per weight that ``values`` need under this kind of scheme; at most its own bits.

    Raises QuantiseError where ``values`` are not on the scheme's grid.
    """
    return bits_needed(recover_codes(values, scale, zero_point, scheme), zero_point, scheme)
