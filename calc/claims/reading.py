"""One thing that somebody can mean by a number."""

from typing import NamedTuple


class Reading(NamedTuple):
    """A number for a quantity, called as a claim calls it, and its formula.

    ``assumptions`` are what it takes for granted beyond the network itself, ``cost`` how much that is;
    ``fault``: the one of them that is a slip; ``counters``: the conventions that count so, none for our own.
    """

    quantity: str
    value: int | float
    formula: str
    assumptions: tuple[str, ...]
    cost: int
    fault: str = ""
    counters: tuple[str, ...] = ()

    def assuming(self, words: str, cost: int = 1) -> "Reading":
        """The same, which takes ``words`` for granted too."""
        return self._replace(assumptions=(*self.assumptions, words), cost=self.cost + cost)
