"""What a budget can be on: totals that add up over the layers, each part depending on that layer's bits alone."""

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from calc.analysis import Analysis
from calc.errors import OpError, nearest
from calc.quantities import Cost, Totals, quantities


class AllocatedQuantity(NamedTuple):
    """A quantity whose total is made of the costs of layers. ``total`` reads it off the totals, as reports show it."""

    name: str
    cost: Cost
    total: Callable[[Totals], int | float]

    def exact_total(self, analysis: Analysis) -> Fraction:
        """``total`` without its rounding to a double, which only a total that is no integer has."""
        pairs = zip(analysis.counts, analysis.assigned, strict=True)
        return self.cost.total(
            analysis.counts, sum([self.cost.of_layer(row, given.bits) for row, given in pairs if given])
        )


def allocated_quantity(name: str) -> AllocatedQuantity:
    """The quantity called ``name``. Raises OpError naming the nearest, or why it cannot be a budget here."""
    if name == "peak_activation_bytes":
        raise OpError(f"{name} is no sum over layers, so bits cannot be allocated to it", "calc check tests it")
    known = {found.name: found for found in quantities() if found.cost is not None}
    found = known.get(name)
    if found is None or found.cost is None:
        raise OpError(f"unknown quantity {name[:60]!r}", nearest(name, known))
    return AllocatedQuantity(found.name, found.cost, found.total)
