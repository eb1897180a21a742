"""One possible meaning of a published number."""

from typing import NamedTuple


class Reading(NamedTuple):
    """A value for a quantity, under its name in claims, with its formula.

    ``assumptions`` are what it assumes in addition to the network itself, and ``cost`` is a measure of them. ``fault``
    is the assumption that is a mistake, if one is. ``counters`` are the conventions that count in this way.
    """

    quantity: str
    value: int | float
    formula: str
    assumptions: tuple[str, ...]
    cost: int
    fault: str = ""
    counters: tuple[str, ...] = ()

    def assuming(self, words: str, cost: int = 1) -> "Reading":
        """Return the same reading with the further assumption ``words``."""
        return self._replace(assumptions=(*self.assumptions, words), cost=self.cost + cost)
