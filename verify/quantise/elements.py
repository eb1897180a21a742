"""The numbers that the codes of a format stand for, before any scale, in float64, which holds them all exactly."""

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
"""QLoRA's quantiles of a normal distribution, as bitsandbytes has them in float32."""

_LARGEST_FLOATS = {"e2m1": 6.0, "e2m3": 7.5, "e3m2": 28.0, "e4m3": 448.0, "e5m2": 57344.0}
"""The largest finite one of each: OCP's, whose e4m3 has no infinity."""


class Elements(NamedTuple):
    """``nearest`` gives the nearest of them, and ``largest`` for what lies beyond it.

    Of two as near it is that of an even code; of nf4 the lower.
    """

    nearest: Callable[[Tensor], Tensor]
    largest: float


def elements_of(kind: str, bits: int) -> Elements:
    """Those of a ``Stored.kind``, in ``bits`` bits."""
    if kind == "int":
        low, high = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
        return Elements(lambda values: values.round().clamp(low, high), float(high))
    if kind == "fixed6":
        return Elements(lambda values: (values * 64).round().clamp(-127, 127) / 64, 127 / 64)
    if kind == "nf4":
        return Elements(_nearest_nf4, 1.0)
    return Elements(lambda values: nearest_float(values, kind), _LARGEST_FLOATS[kind])


def nearest_float(values: Tensor, kind: str) -> Tensor:
    """The nearest float of so many bits of exponent and fraction, such as ``e4m3``; beyond the largest that one."""
    exponent_bits, fraction_bits = int(kind[1]), int(kind[3])
    smallest_normal = 2.0 ** (2 - (1 << (exponent_bits - 1)))
    steps = power_of_two_below(values.abs().clamp(min=smallest_normal)) * 2.0**-fraction_bits
    largest = _LARGEST_FLOATS[kind]
    return ((values / steps).round() * steps).clamp(-largest, largest)


def power_of_two_below(values: Tensor) -> Tensor:
    """The largest power of two that is not above each of ``values``, which are positive."""
    return values / (2 * torch.frexp(values).mantissa)  # exact, unlike a power or an exponential of some kernels


def _nearest_nf4(values: Tensor) -> Tensor:
    table = torch.tensor(NF4, dtype=torch.float32, device=values.device).double()
    return table[torch.bucketize(values, (table[1:] + table[:-1]) / 2)]
