"""Decides if a reading gives a printed number, and in which unit and rounding."""

from typing import NamedTuple

from calc.claims.printed import HOW_COST, Printed
from calc.claims.reading import Reading


class Match(NamedTuple):
    """A reading that gives the number, and in which way: ``exact``, ``rounded`` or ``cut off``."""

    reading: Reading
    how: str
    cost: int


def matched(printed: Printed, reading: Reading) -> Match | None:
    """Return the match of ``reading`` with ``printed``, or None. The printed unit is tried before the other one."""
    how = printed.how(reading.value)
    if how:
        return Match(reading, how, reading.cost + HOW_COST[how])
    if printed.other_unit == printed.unit:
        return None
    how = printed.in_other_unit().how(reading.value)
    if not how:
        return None
    found = reading.assuming(printed.other_unit_in_words, printed.other_unit_cost)
    return Match(found, how, found.cost + HOW_COST[how])
