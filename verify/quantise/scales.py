"""The scale of each group of weights, as its format stores it: a float, a power of two, or a small float of a float."""

import torch
from torch import Tensor

from verify.quantise.elements import Elements, nearest_float, power_of_two_below

_DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}
_E4M3 = 448.0


def scales_of(largest: Tensor, kind: str, elements: Elements) -> Tensor:
    """Float64 scales of groups whose largest magnitude is ``largest``: that over the largest element, rounded.

    ``e8m0`` is the power of two that brings the largest to the elements' own highest exponent, as OCP has it: some are
    then above all elements. ``e4m3`` is a multiple of a scale of the whole tensor, as NVIDIA has it.
    """
    if kind == "e8m0":
        highest = power_of_two_below(torch.tensor(elements.largest, dtype=torch.float64)).item()
        return power_of_two_below(largest.clamp(min=highest * 2.0**-127)) / highest
    if kind == "e4m3":
        of_tensor = rounded_scales(largest.max() / (elements.largest * _E4M3), "fp32")
        return nearest_float(over(largest / elements.largest, of_tensor), "e4m3") * of_tensor
    return rounded_scales(largest / elements.largest, kind)


def rounded_scales(exact: Tensor, kind: str) -> Tensor:
    """``exact`` as floats of that kind: at most the largest finite one, and 0 below the smallest normal one."""
    dtype = _DTYPES[kind]
    limits = torch.finfo(dtype)
    rounded = exact.clamp(max=limits.max).to(torch.float32).to(dtype).double()
    return torch.where(rounded < limits.smallest_normal, 0.0, rounded)


def over(values: Tensor, scales: Tensor) -> Tensor:
    """``values`` ÷ ``scales``, 0 where the scale is: what has no scale is all zero."""
    return torch.where(scales > 0, values / torch.where(scales > 0, scales, 1.0), 0.0)
