"""Sums of a few components with small integer coefficients that give a number."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations, product
from typing import NamedTuple

LARGEST = 5
"""The largest coefficient that is tried."""
MOST_TERMS = 4


class Combination(NamedTuple):
    """Coefficients by component, none of them 0, and the sum."""

    coefficients: dict[str, int]
    value: int


def find_combinations(
    components: Mapping[str, int], low: Fraction, high: Fraction, most_terms: int = MOST_TERMS
) -> list[Combination]:
    """Every sum of at most ``most_terms`` components, each 1 to LARGEST times, between ``low`` and ``high``.

    The simplest first: fewer terms, then smaller coefficients. Components of 0 take no part.
    """
    found = [one for terms in range(1, most_terms + 1) for one in sums_of(components, terms, low, high)]
    return sorted(found, key=lambda one: (len(one.coefficients), sum(one.coefficients.values())))


def sums_of(components: Mapping[str, int], terms: int, low: Fraction, high: Fraction) -> Iterator[Combination]:
    """Those of exactly ``terms`` components. The last one or two are looked up, not enumerated."""
    known = {name: value for name, value in components.items() if value > 0}
    if len(known) < terms:
        return
    looked_up = 2 if terms > 2 else 1
    ends = sorted(_sums(known, looked_up), key=lambda entry: entry[1])
    values = [value for _, value in ends]
    names = list(known)
    for start in _sums(known, terms - looked_up):
        taken = max([names.index(name) for name in start[0]], default=-1)
        first, last = bisect_left(values, low - start[1]), bisect_right(values, high - start[1])
        for coefficients, value in ends[first:last]:
            # each set of components once: those looked up come after those enumerated
            if min(map(names.index, coefficients)) > taken:
                yield Combination(start[0] | coefficients, start[1] + value)


def _sums(known: Mapping[str, int], terms: int) -> list[tuple[dict[str, int], int]]:
    found = []
    for names in combinations(known, terms):
        for coefficients in product(range(1, LARGEST + 1), repeat=terms):
            value = sum([times * known[name] for name, times in zip(names, coefficients, strict=True)])
            found.append((dict(zip(names, coefficients, strict=True)), value))
    return found
