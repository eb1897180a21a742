"""A budget: a quantity with a limit, which is an amount or the value under a policy."""

from fractions import Fraction
from math import floor
from typing import NamedTuple

from calc.allocation.quantities import AllocatedQuantity, PeakQuantity, budget_quantity
from calc.amounts import amount
from calc.analysis import Analysis
from calc.errors import OpError

_AMOUNTS = "0123456789+-."
"""The first characters of amounts, also of invalid ones. Policies begin with a letter."""


class AllocationBudget(NamedTuple):
    """A budget. ``limit`` is in the unit of the quantity, and ``text`` is the budget as it was written."""

    quantity: AllocatedQuantity | PeakQuantity
    limit: Fraction
    text: str

    def room(self, analysis: Analysis) -> int:
        """Return the part of the limit that remains for the layers or for the peak, in its unit, rounded down."""
        if isinstance(self.quantity, PeakQuantity):
            return floor(self.limit)
        per_unit = self.quantity.cost.per_unit
        limit = floor(self.limit) if per_unit > 1 else self.limit  # such a total is rounded up to whole units
        return floor(limit * per_unit - self.quantity.cost.constant(analysis.counts))


def read_budget(text: str, analysis: Analysis) -> AllocationBudget:
    """Read a budget: ``bitops.product=5G``, ``weight_bytes=1.5MiB``, or ``bitops.product=adaptive`` for a policy.

    Raises OpError for any other text.
    """
    name, equals, limit = text.partition("=")
    if not (name and equals and limit):
        raise OpError("must be quantity=limit, such as bitops.product=5G or weight_bytes=2MiB")
    found = budget_quantity(name)
    if limit[0] in _AMOUNTS:
        return AllocationBudget(found, amount(limit), limit)
    try:
        return AllocationBudget(found, found.exact_total(analysis.with_bits(limit)), limit)
    except OpError as error:
        raise OpError(f"{limit[:60]!r} is neither an amount nor a policy: {error.fact}", error.hint) from None
