"""What a budget can be on: totals that add up over the layers, each part depending on that layer's bits alone."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from calc.analysis import Analysis
from calc.bitops import product, uniq, weight
from calc.counts import Counts
from calc.errors import OpError, nearest
from calc.graph import Bits
from calc.layers import PARAM_BITS


class Quantity(NamedTuple):
    """A total of an analysis as integers: Σ ``cost`` over the layers + ``constant`` = total · ``per_unit``.

    ``total`` reads it off an analysis, as reports show it.
    """

    name: str
    cost: Callable[[Counts, Bits], int]
    constant: Callable[[Sequence[Counts]], Fraction]
    total: Callable[[Analysis], int | float]
    per_unit: int = 1

    def exact(self, counts: Sequence[Counts], cost: int) -> Fraction:
        """The total where the layers' costs add up to ``cost``; parts of a unit are rounded up, as ``total`` does."""
        whole = cost + self.constant(counts)
        return Fraction(ceil(whole / self.per_unit)) if self.per_unit > 1 else whole

    def exact_total(self, analysis: Analysis) -> Fraction:
        """``total`` without its rounding to a double, which only that of ``uniq`` has."""
        pairs = zip(analysis.counts, analysis.assigned, strict=True)
        return self.exact(analysis.counts, sum([self.cost(row, given.bits) for row, given in pairs if given]))


def _bitops(name: str, rule: Callable[..., int | float], constant: Callable[[Sequence[Counts]], Fraction]) -> Quantity:
    return Quantity(
        f"bitops.{name}",
        lambda counts, bits: int(sum([rule(part, bits) for part in counts.products])),
        constant,
        lambda analysis: analysis.totals.bitops[name],
    )


def _nothing(counts: Sequence[Counts]) -> Fraction:  # noqa: ARG001  # one of two rules
    return Fraction(0)


def _multiplications(counts: Counts, bits: Bits) -> int:
    """MACs · (w·a + w + a), the integer part of ``uniq``."""
    return sum([product(part, bits) + weight(part, bits) + part.macs * bits.activation for part in counts.products])


def _accumulators(counts: Sequence[Counts]) -> Fraction:
    """MACs · log2 fan_in, the part of ``uniq`` that depends on no bits."""
    return sum([Fraction(uniq(part, Bits(0, 0))) for row in counts for part in row.products], Fraction(0))


def _other_parameters(counts: Sequence[Counts]) -> Fraction:
    return Fraction(PARAM_BITS * sum([row.params - row.weight_elements for row in counts]))


_QUANTITIES = (
    _bitops("weight", weight, _nothing),
    _bitops("product", product, _nothing),
    Quantity(
        "bitops.uniq",
        _multiplications,
        _accumulators,
        lambda analysis: analysis.totals.bitops["uniq"],
    ),
    Quantity(
        "weight_bytes",
        lambda counts, bits: counts.weight_elements * bits.weight,
        _other_parameters,
        lambda analysis: analysis.totals.weight_bytes,
        8,
    ),
)
QUANTITIES = {quantity.name: quantity for quantity in _QUANTITIES}


def quantity(name: str) -> Quantity:
    """The quantity called ``name``. Raises OpError naming the nearest, or why it cannot be a budget here."""
    if name == "peak_activation_bytes":
        raise OpError(f"{name} is no sum over layers, so bits cannot be allocated to it", "calc check tests it")
    if name not in QUANTITIES:
        raise OpError(f"unknown quantity {name[:60]!r}", nearest(name, QUANTITIES))
    return QUANTITIES[name]
