"""Reports on quantised weights: codes, widths, errors, faults and warnings."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verify.quantise.codes import bits_needed, recover_codes
from verify.quantise.layout import channel_rows
from verify.quantise.quantised import Quantised

CHUNK_ELEMENTS = 1 << 22  # sums run in float64 over pieces, so that no whole layer is held in float64


@dataclass(frozen=True)
class LayerReport:
    """A report on one quantised tensor, in plain Python numbers.

    ``codes_in_use`` is the number of the scheme's ``levels`` that occur. ``bits_needed`` comes from the values only.
    The scales are those of channels that are not all zero, or 0.0 if all are. ``sqnr_db`` is 10·log10(Σ w² / Σ (w -
    q)²), or None if there is no error. ``max_error`` is max |w - q|, and ``max_error_bound`` the largest bound of a
    channel.

    ``faults`` fail a verification; ``warnings`` are for the reader.
    """

    name: str
    elements: int
    bits: int
    bits_needed: int
    levels: int
    codes_in_use: int
    scale_min: float
    scale_max: float
    sqnr_db: float | None
    max_error: float
    max_error_bound: float
    zero_channels: int
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def layer_report(name: str, tensor: Tensor, quantised: Quantised) -> LayerReport:
    """Return the report on ``quantised``, made from ``tensor``. Raises QuantiseError if a value is not on its grid."""
    scheme = quantised.scheme
    codes = recover_codes(quantised.values, quantised.scale, quantised.zero_point, scheme)
    needed = bits_needed(codes, quantised.zero_point, scheme)
    difference = tensor.detach() - quantised.values.detach()
    errors, bounds = channel_rows(difference.abs(), scheme.axis).amax(dim=1), error_bounds(tensor, quantised)
    signal_energy, noise_energy = energy(tensor), energy(difference)
    all_zero = quantised.all_zero.reshape(-1)
    zero_channels = int(all_zero.sum())
    live_scales = quantised.scale.reshape(-1)[~all_zero].tolist() or [0.0]
    faults, warnings = [], []
    if (errors > bounds).any():
        worst = (errors - bounds).argmax()
        faults.append(f"an error of {errors[worst].item()} is above its bound of {bounds[worst].item()}")
    if zero_channels == all_zero.numel():
        warnings.append("all zero")
    else:
        if zero_channels:
            warnings.append(f"{zero_channels} of {all_zero.numel()} channels are all zero")
        if needed < scheme.bits:
            # a scale from max|w| always puts a weight on the outermost code; other scales may not
            (faults if scheme.estimator == "max" else warnings).append(f"the codes need {needed} of {scheme.bits} bits")
    return LayerReport(
        name=name,
        elements=tensor.numel(),
        bits=scheme.bits,
        bits_needed=needed,
        levels=scheme.levels,
        codes_in_use=int(torch.bincount((codes - codes.min()).reshape(-1)).count_nonzero()),
        scale_min=min(live_scales),
        scale_max=max(live_scales),
        sqnr_db=10 * math.log10(signal_energy / noise_energy) if noise_energy else None,
        max_error=errors.max().item(),
        max_error_bound=bounds.max().item(),
        zero_channels=zero_channels,
        faults=tuple(faults),
        warnings=tuple(warnings),
    )


def energy(values: Tensor) -> float:
    """Return the sum of v², in float64."""
    flat = values.detach().reshape(-1)
    starts = range(0, flat.numel(), CHUNK_ELEMENTS)
    return sum(flat[start : start + CHUNK_ELEMENTS].double().square().sum().item() for start in starts)


def error_bounds(tensor: Tensor, quantised: Quantised) -> Tensor:
    """Return the largest |w - q| that each channel of ``tensor`` may have, float64 of shape (channels,).

    Uniform: s·(0.5 + n·(2⁻²³ + 2⁻²⁴)), where n is one more than the largest |code - zero point|. This is half a step,
    and the float32 rounding of 1 / s, of w · (1 / s) and of the product with s. A value outside the range may also
    differ by its distance from the range. Binary and ternary: the scale s, or max|w| - s if this is larger. All zero:
    max|w|.
    """
    scheme, scale = quantised.scheme, quantised.scale.reshape(-1)
    rows = channel_rows(tensor.detach(), scheme.axis)
    lowest, highest = rows.amin(dim=1), rows.amax(dim=1)
    largest = torch.maximum(-lowest, highest)
    if scheme.kind == "uniform":
        steps_below = quantised.zero_point.reshape(-1) - scheme.qmin
        steps_above = scheme.qmax - quantised.zero_point.reshape(-1)
        n = torch.maximum(steps_below, steps_above) + 1
        rounding = scale.double() * (0.5 + n * (2.0**-23 + 2.0**-24))
        distance = torch.maximum(highest - steps_above * scale, -steps_below * scale - lowest)
        bound = torch.maximum(rounding, distance.double())
    else:
        bound = torch.maximum(scale, largest - scale).double()
    return torch.where(quantised.all_zero.reshape(-1), largest.double(), bound)
