"""The quantities that a budget can limit: sums over layers of parts that depend only on the bits of the layer.

The peak of activations is one too, although it is a maximum over the steps of execution instead of a sum.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

from calc.analysis import Analysis
from calc.errors import OpError, nearest, number_of
from calc.quantities import Cost, Totals, adding_more, at_least, quantities

PEAK = "peak_activation_bytes"
MOST_NAMED = 5
"""The largest number of unknown layers that a message names."""


class AllocatedQuantity(NamedTuple):
    """A quantity that is a sum of the costs of layers. ``total`` reads it from the totals of a report."""

    name: str
    cost: Cost
    total: Callable[[Totals], int | float]

    def exact_total(self, analysis: Analysis) -> Fraction:
        """Return ``total`` without rounding to a double, which only affects totals that are not integers."""
        pairs = zip(analysis.counts, analysis.assigned, strict=True)
        return self.cost.total(
            analysis.counts, sum([self.cost.of_layer(row, given.bits) for row, given in pairs if given])
        )


def allocated_quantity(name: str) -> AllocatedQuantity:
    """Return the quantity called ``name``.

    Raises OpError with the nearest name, or with the reason why it has no front.
    """
    if name == PEAK:
        raise OpError(f"{name} is not a sum over layers, so it has no front", f"calc allocate --budget {PEAK}=512Ki")
    known = {found.name: found for found in quantities() if found.cost is not None}
    found = known.get(name)
    if found is None or found.cost is None:
        raise OpError(f"unknown quantity {name[:60]!r}", nearest(name, [*known, PEAK]))
    return AllocatedQuantity(found.name, found.cost, found.total)


def require_exact(analysis: Analysis, names: Iterable[str]) -> None:
    """Raise OpError for a quantity with only a lower bound, because no choice would be proved to be the best."""
    for name in at_least(names, analysis.unknown):
        layers = adding_more(name, analysis.layers)
        more = f" and {number_of(len(layers) - MOST_NAMED, 'more layer')}" if layers[MOST_NAMED:] else ""
        named = ", ".join(layers[:MOST_NAMED]) + more
        fact = f"{name} is only a lower bound, because not everything is known about {named}"
        exact = [each.name for each in quantities() if each.cost and each.of not in analysis.unknown]
        hint = f"exact here: {', '.join(exact)}" if exact else ""
        raise OpError(f"{fact}; so the best bits are not known", hint)


class PeakQuantity(NamedTuple):
    """The peak of activations, which is not a sum over layers. ``total`` reads it from the totals of a report."""

    name: str
    total: Callable[[Totals], int]

    def exact_total(self, analysis: Analysis) -> Fraction:
        """Return the peak of ``analysis``."""
        return Fraction(self.total(analysis.totals))


def budget_quantity(name: str) -> AllocatedQuantity | PeakQuantity:
    """Return the quantity called ``name``: a sum or the peak. Raises OpError that suggests the nearest name."""
    if name == PEAK:
        return PeakQuantity(name, lambda totals: totals.peak_activation_bytes)
    return allocated_quantity(name)
