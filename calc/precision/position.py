"""Positions among the quantised layers: first, last, an index, a range of indices or of percent."""

import re
from typing import NamedTuple

from calc.errors import OpError

_RANGE = re.compile(r"([0-9]{1,9})(?:\.\.([0-9]{1,9}))?")
_PERCENT = re.compile(r"([0-9]{1,3})%\.\.([0-9]{1,3})%")


class Position(NamedTuple):
    """The positions from ``first`` to ``last``, both included. Negative numbers count from the end.

    In percent, the index i of N layers is included if first · N ≤ 100 · i < last · N. So neighbouring ranges share no
    layer, and ``0%..10%`` are the early layers of ``adaptive``.
    """

    text: str
    first: int
    last: int
    percent: bool = False

    def __str__(self) -> str:
        return self.text

    def holds(self, index: int | None, layers: int) -> bool:
        """Return True if it includes ``index`` of ``layers`` layers.

        The index of a layer without weights is ``None``.
        """
        if index is None:
            return False
        if self.percent:
            return self.first * layers <= 100 * index < self.last * layers
        first, last = (end + layers if end < 0 else end for end in (self.first, self.last))
        return first <= index <= last


def position_of(text: str) -> Position:
    """Read a position: ``first``, ``last``, ``3``, ``0..9`` or ``0%..10%``. Raises OpError."""
    if text == "first":
        return Position(text, 0, 0)
    if text == "last":
        return Position(text, -1, -1)
    percent = _PERCENT.fullmatch(text)
    found = percent or _RANGE.fullmatch(text)
    if found is None:
        raise OpError("position: must be first, last, an index such as 3, 0..9, or 0%..10%")
    first, last = int(found[1]), int(found[2] or found[1])
    if first > last:
        raise OpError(f"position: {text} runs backwards: {first} is after {last}")
    return Position(text, first, last, percent is not None)
