"""Rounds weights to the numbers that a storage format can represent with its codes, scales and zero points."""

import torch
from torch import Tensor

from calc.formats import Format
from verify.quantise.elements import elements_of
from verify.quantise.errors import QuantiseError
from verify.quantise.fake_quantise import check_values
from verify.quantise.groups import Groups
from verify.quantise.scales import over, rounded_scales, scales_of


def round_to_format(tensor: Tensor, format_: Format) -> Tensor:
    """Return ``tensor`` (float32, any shape) after it is stored in and read from a format that ``is_roundable``.

    Each scale follows from the largest magnitude of its piece. Raises QuantiseError for another dtype, no elements,
    NaN, infinity, or if a value would be infinite after reading.
    """
    check_values(tensor)
    parts = {part.name: part for part in format_.stored}
    codes, scales = parts["codes"], parts.get("scales")
    numbers = elements_of(codes.kind, codes.bits)
    values = tensor.detach().double()
    if scales is None:
        return numbers.nearest(values).float()
    pieces = Groups.of(scales, *format_.rows_and_columns(tuple(tensor.shape)))
    groups = pieces.split(values)
    if "zero points" in parts:
        rounded = _asymmetric(groups, codes.bits, scales.kind)
    else:
        steps = scales_of(groups.abs().amax(dim=1, keepdim=True), scales.kind, numbers)
        rounded = numbers.nearest(over(groups, steps)) * steps
    found = pieces.joined(rounded).float().reshape(tensor.shape)
    if not found.isfinite().all():
        raise QuantiseError(f"values of {tensor.abs().max().item()} are too large for {format_.name}")
    return found


def _asymmetric(groups: Tensor, bits: int, scale_kind: str) -> Tensor:
    """Return the groups rounded to codes from 0 with a zero point, the code of 0.

    The range of each group includes 0.
    """
    top = (1 << bits) - 1
    lowest, highest = groups.amin(dim=1, keepdim=True).clamp(max=0), groups.amax(dim=1, keepdim=True).clamp(min=0)
    steps = rounded_scales((highest - lowest) / top, scale_kind)
    zero_points = over(-lowest, steps).round().clamp(0, top)
    codes = torch.clamp(over(groups, steps).round() + zero_points, 0, top)
    return (codes - zero_points) * steps
