"""Computes the scale of each group of weights as its format stores it: a float, a power of two, or a scaled e4m3."""

import torch
from torch import Tensor

from verify.quantise.elements import Elements, nearest_float, power_of_two_below

_DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}
_E4M3 = 448.0


def scales_of(largest: Tensor, kind: str, elements: Elements) -> Tensor:
    """Return the float64 scales of groups with the magnitudes ``largest``: each over the largest element, rounded.

    ``e8m0`` is the power of two that gives the largest magnitude the highest exponent of the elements, as OCP defines;
    the magnitude may then be above all elements. ``e4m3`` is multiplied by one scale of the whole tensor, as NVIDIA
    defines.
    """
    if kind == "e8m0":
        highest = power_of_two_below(torch.tensor(elements.largest, dtype=torch.float64)).item()
        return power_of_two_below(largest.clamp(min=highest * 2.0**-127)) / highest
    if kind == "e4m3":
        of_tensor = rounded_scales(largest.max() / (elements.largest * _E4M3), "fp32")
        return nearest_float(over(largest / elements.largest, of_tensor), "e4m3") * of_tensor
    return rounded_scales(largest / elements.largest, kind)


def rounded_scales(exact: Tensor, kind: str) -> Tensor:
    """Return ``exact`` as floats of ``kind``: at most the largest finite one, and 0 below the smallest normal one."""
    dtype = _DTYPES[kind]
    limits = torch.finfo(dtype)
    rounded = exact.clamp(max=limits.max).to(torch.float32).to(dtype).double()
    return torch.where(rounded < limits.smallest_normal, 0.0, rounded)


def over(values: Tensor, scales: Tensor) -> Tensor:
    """Return ``values`` ÷ ``scales``, and 0 where the scale is 0, because all values of such a group are zero."""
    return torch.where(scales > 0, values / torch.where(scales > 0, scales, 1.0), 0.0)
