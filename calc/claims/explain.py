"""Explains a printed number by readings of the network and of its variants, ranked by their assumptions."""

from fractions import Fraction
from math import inf
from typing import NamedTuple

from calc.analysis import Analysis
from calc.claims.chance import FARTHEST, MOST_BY_CHANCE, Chances
from calc.claims.match import Match, matched
from calc.claims.printed import EXACT, Printed
from calc.claims.reading import Reading
from calc.claims.sums import sums
from calc.claims.tried import Tried


class Explanation(NamedTuple):
    """The result of ``calc.explain``.

    ``matches`` are ordered from the fewest assumptions to the most. If there are none, ``closest`` is the nearest
    reading. ``refused`` is the number of further matches with so many assumptions that made-up numbers would be matched
    too. ``farthest`` is the largest cost that an answer may have. ``analysis`` is the network as it was given.
    """

    printed: Printed
    matches: tuple[Match, ...]
    closest: Reading | None
    analysis: Analysis
    refused: int = 0
    farthest: int = FARTHEST


def explain(printed: Printed, tried: Tried) -> Explanation:
    """Return the readings in ``tried`` that give ``printed``."""
    number = _found(tried, printed)
    if not printed.may_be_bytes and (number.matches or not printed.has_no_unit):
        return number
    size = _found(tried, printed.as_bytes())
    words = "B being bytes" if printed.may_be_bytes else "the number being bytes"
    said = [_assuming(match, words) for match in size.matches]
    matches = sorted([*said, *number.matches], key=_rank)
    is_size = printed.may_be_bytes and not matches and _apart(size) < _apart(number)
    return (size if said or is_size else number)._replace(matches=tuple(matches), refused=size.refused + number.refused)


def _apart(found: Explanation) -> float:
    """Return the ratio of the closest reading to the number, or of the number to the reading, whichever is larger."""
    value, number = float(found.closest.value if found.closest else 0), float(found.printed.value)
    return max(value, number) / min(value, number) if value and number else inf


def _assuming(match: Match, words: str) -> Match:
    return match._replace(reading=match.reading.assuming(words), cost=match.cost + 1)


def _found(tried: Tried, printed: Printed) -> Explanation:
    """Return the matches in the order of their costs, up to the cost where made-up numbers would be matched too."""
    chances = Chances(printed)
    readings: list[Reading] = []
    given: list[Match] = []
    farthest = 0
    for cost in range(FARTHEST + 1):
        if chances.up_to(cost) > _most_by_chance(cost):
            break
        found = [*tried.readings(printed.is_bytes, cost), *sums(tried.subject, printed, cost)]
        near = [reading for reading in found if chances.add(reading.value, reading.cost)]
        given += [match for match in [matched(printed, reading) for reading in near] if match is not None]
        readings += found
        if chances.up_to(cost) > _most_by_chance(cost):
            break
        farthest = cost
    matches = sorted([match for match in given if match.reading.cost == 0 or match.cost <= farthest], key=_rank)
    allowed = [reading for reading in readings if reading.cost <= farthest]
    closest = None if matches else _closest(float(printed.value), allowed)
    return Explanation(printed, tuple(matches), closest, tried.base, len(given) - len(matches), farthest)


def _most_by_chance(cost: int) -> Fraction:
    """Return the share of made-up numbers that may be matched. It halves with each assumption after the first."""
    return MOST_BY_CHANCE * Fraction(1, 1 << max(0, cost - 1))


def _rank(match: Match) -> tuple[int, bool]:
    return match.cost, match.how != EXACT


def _closest(value: float, readings: list[Reading]) -> Reading | None:
    return min(readings, key=lambda reading: abs(float(reading.value) - value), default=None)
