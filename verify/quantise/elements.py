"""The numbers that the codes of a format mean, before any scale, in float64, which holds all of them exactly."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

NF4 = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
    -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip
"""The quantiles of a normal distribution of QLoRA, as in bitsandbytes, in float32."""

_LARGEST_FLOATS = {"e2m1": 6.0, "e2m3": 7.5, "e3m2": 28.0, "e4m3": 448.0, "e5m2": 57344.0}
"""The largest finite number of each float format of OCP, whose e4m3 has no infinity."""


class Elements(NamedTuple):
    """The numbers of one kind of code. ``nearest`` rounds values to them, and values beyond ``largest`` to ``largest``.

    A tie goes to the even code, and for nf4 to the lower number.
    """

    nearest: Callable[[Tensor], Tensor]
    largest: float


def elements_of(kind: str, bits: int) -> Elements:
    """Return the numbers of codes of the kind ``Stored.kind`` with ``bits`` bits."""
    if kind == "int":
        low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        return Elements(lambda values: values.round().clamp(low, high), float(high))
    if kind == "fixed6":
        return Elements(lambda values: (values * 64).round().clamp(-127, 127) / 64, 127 / 64)
    if kind == "nf4":
        return Elements(_nearest_nf4, 1.0)
    return Elements(lambda values: nearest_float(values, kind), _LARGEST_FLOATS[kind])


def nearest_float(values: Tensor, kind: str) -> Tensor:
    """Return the nearest floats of the format ``kind``, such as ``e4m3``.

    Values beyond the largest become the largest.
    """
    exponent_bits, fraction_bits = int(kind[1]), int(kind[3])
    smallest_normal = 2.0 ** (2 - (1 << (exponent_bits - 1)))
    steps = power_of_two_below(values.abs().clamp(min=smallest_normal)) * 2.0**-fraction_bits
    largest = _LARGEST_FLOATS[kind]
    return ((values / steps).round() * steps).clamp(-largest, largest)


def power_of_two_below(values: Tensor) -> Tensor:
    """Return the largest power of two that is not above each of ``values``, which are positive."""
    return values / (2 * torch.frexp(values).mantissa)  # exact, unlike powers and exponentials in some kernels


def _nearest_nf4(values: Tensor) -> Tensor:
    table = torch.tensor(NF4, dtype=torch.float32, device=values.device).double()
    return table[torch.bucketize(values, (table[1:] + table[:-1]) / 2)]
