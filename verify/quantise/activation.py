"""Quantises activations: their range comes from calibration data, then scale and zero point are fixed."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from verify.quantise.errors import QuantiseError
from verify.quantise.fake_quantise import FakeQuantise, check_grid, check_values
from verify.quantise.ranges import grid_of, nearest_rank
from verify.quantise.scheme import Scheme

HALF = 1 << 13  # bins of the histogram on each side of zero; the largest value is beyond half of one side
CHUNK_ELEMENTS = 1 << 20  # a batch is counted in pieces, because bin numbers take 8 bytes per element


@dataclass(frozen=True, eq=False)
class ActivationQuantiser:
    """Maps a float32 tensor of any shape to the nearest values on a per-tensor grid, with a straight-through gradient.

    Scale and zero point are tensors of shape (), float32 and int32. Raises QuantiseError for a scheme that is not
    uniform per tensor, for a scale or zero point that cannot be used, and for NaN, infinity or another dtype.
    """

    scheme: Scheme
    scale: Tensor
    zero_point: Tensor

    def __post_init__(self) -> None:
        check_uniform_per_tensor(self.scheme)
        check_grid(self.scale, self.zero_point, self.scheme.qmin, self.scheme.qmax)

    def __call__(self, values: Tensor) -> Tensor:
        check_values(values)
        quantised: Tensor
        quantised, _ = FakeQuantise.apply(values, self.scale, self.zero_point, self.scheme.qmin, self.scheme.qmax)
        return quantised


class Calibrator:
    """Collects the range of activations over any number of batches, in bounded memory.

    With the estimator ``max`` it keeps the smallest and largest value. With ``percentile`` it also keeps a histogram,
    whose bins double in width when larger values arrive, so that the order of the batches does not matter.
    Raises QuantiseError for a scheme that is not uniform per tensor, or has another estimator.
    """

    def __init__(self, scheme: Scheme) -> None:
        check_uniform_per_tensor(scheme)
        if scheme.estimator not in ("max", "percentile"):
            raise QuantiseError(f"activations are calibrated by max or percentile, not by {scheme.estimator!r}")
        self.scheme = scheme
        self.low = 0.0
        self.high = 0.0
        self.exponent = -100  # the histogram spans -2^exponent to 2^exponent
        self.counts = torch.zeros(2 * HALF, dtype=torch.int64)

    def observe(self, values: Tensor) -> None:
        """Add one batch, float32 of any shape. Raises QuantiseError for NaN, infinity or another dtype."""
        check_values(values)
        values = values.detach().reshape(-1)
        low, high = (extreme.item() for extreme in torch.aminmax(values))
        self.low, self.high = min(self.low, low), max(self.high, high)
        if self.scheme.estimator == "percentile":
            if low or high:
                self.widen(math.frexp(max(-low, high))[1])
            bins_per_unit = HALF / 2.0**self.exponent
            for start in range(0, values.numel(), CHUNK_ELEMENTS):
                # the factor is a power of two, so the product is exact and every value falls into its bin
                bins = (values[start : start + CHUNK_ELEMENTS] * bins_per_unit).floor_().to(torch.int64) + HALF
                self.counts += torch.bincount(bins, minlength=2 * HALF).cpu()

    def widen(self, exponent: int) -> None:
        """Merge neighbouring bins until the histogram spans ±2^exponent."""
        while self.exponent < exponent:
            merged = self.counts.reshape(HALF, 2).sum(dim=1)
            self.counts = torch.nn.functional.pad(merged, (HALF // 2, HALF // 2))
            self.exponent += 1

    def quantiser(self) -> ActivationQuantiser:
        """Return the quantiser for the observed range.

        Raises QuantiseError if no value other than zero was observed.
        """
        low, high = self.percentile_range() if self.scheme.estimator == "percentile" else (self.low, self.high)
        if self.scheme.symmetric:
            high = max(-low, high)
        scale, zero_point, all_zero = grid_of(torch.tensor(low), torch.tensor(high), self.scheme)
        if all_zero:
            raise QuantiseError("no activation other than 0 was observed, so there is no range to quantise")
        return ActivationQuantiser(self.scheme, scale, zero_point)

    def percentile_range(self) -> tuple[float, float]:
        """Return the range without at most 100 - p per cent of the values, to the next outer edge of a bin.

        A symmetric scheme leaves out magnitudes; an affine one leaves out values at each end. If only the bins at zero
        would remain, it is the full range.
        """
        if self.scheme.symmetric:
            magnitudes = self.counts[HALF:] + self.counts[:HALF].flip(0)
            above = below = self.bins_covered(magnitudes)
        else:
            above = self.bins_covered(self.counts) - HALF
            below = self.bins_covered(self.counts.flip(0)) - HALF
        if above <= 1 and below <= 1:
            return self.low, self.high
        width = 2.0**self.exponent / HALF
        return max(self.low, -max(below, 0) * width), min(self.high, max(above, 0) * width)

    def bins_covered(self, counts: Tensor) -> int:
        """Return the number of bins, from the first on, that hold the percentile of the scheme."""
        rank = nearest_rank(self.scheme.percentile, int(counts.sum()))
        return int(torch.searchsorted(counts.cumsum(0), rank)) + 1


def check_uniform_per_tensor(scheme: Scheme) -> None:
    """Raise QuantiseError unless ``scheme`` is uniform and per tensor."""
    if scheme.kind != "uniform" or scheme.axis is not None:
        granularity = "per tensor" if scheme.axis is None else "per channel"
        raise QuantiseError(f"activations need a uniform scheme per tensor, not a {scheme.kind} one {granularity}")
