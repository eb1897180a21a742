"""Sums of a few components with small integer coefficients that give a number."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import ceil, floor
from operator import mul
from typing import NamedTuple

LARGEST = 5
"""The largest coefficient that is tried."""
MOST_TERMS = 4


class Combination(NamedTuple):
    """A sum: the coefficients by component, none of which is 0, and the value."""

    coefficients: dict[str, int]
    value: int


def find_combinations(
    components: Mapping[str, int], low: Fraction, high: Fraction, most_terms: int = MOST_TERMS
) -> list[Combination]:
    """Return every sum of at most ``most_terms`` components, each 1 to LARGEST times, between ``low`` and ``high``.

    Simple sums come first: those with fewer terms, and then those with smaller coefficients. Components of 0 are not
    used.
    """
    found = [one for terms in range(1, most_terms + 1) for one in sums_of(components, terms, low, high)]
    return sorted(found, key=lambda one: (len(one.coefficients), sum(one.coefficients.values())))


def sums_of(components: Mapping[str, int], terms: int, low: Fraction, high: Fraction) -> Iterator[Combination]:
    """Yield the sums of exactly ``terms`` components. The last one or two are looked up instead of enumerated."""
    known = [(name, value) for name, value in components.items() if value > 0]
    if len(known) < terms:
        return
    looked_up = 2 if terms > 2 else 1
    ends = sorted(_sums(known, looked_up), key=lambda end: end.value)
    values = [end.value for end in ends]
    least, most = ceil(low), floor(high)
    for start in _sums(known, terms - looked_up):
        first, last = bisect_left(values, least - start.value), bisect_right(values, most - start.value)
        for end in ends[first:last]:
            if end.first > start.last:  # so that each set of components occurs once
                yield Combination(start.coefficients | end.coefficients, start.value + end.value)


class _Sum(NamedTuple):
    """A sum of components. ``first`` and ``last`` are the places of the first and the last component in the list."""

    coefficients: dict[str, int]
    value: int
    first: int
    last: int


def _sums(known: Sequence[tuple[str, int]], terms: int) -> list[_Sum]:
    if not terms:
        return [_Sum({}, 0, len(known), -1)]
    found = []
    for places in combinations(range(len(known)), terms):
        names, values = [known[at][0] for at in places], [known[at][1] for at in places]
        for times in product(range(1, LARGEST + 1), repeat=terms):
            value = sum(map(mul, times, values))
            found.append(_Sum(dict(zip(names, times, strict=True)), value, places[0], places[-1]))
    return found
