"""Computes maxima and minima of polynomials, without operands that can never be the result."""

from functools import reduce
from math import gcd
from typing import Literal

from calc.tape.polynomial import Polynomial, of_terms, plus, scaled, symbol
from calc.tape.recording import Recording


def extreme(recording: Recording, kind: Literal["max", "min"], p: Polynomial, q: Polynomial) -> Polynomial:
    """Return the maximum or minimum of ``p`` and ``q``. Operands that are themselves such an extreme are merged."""
    kept = list(_candidates(recording, kind, p))
    for each in _candidates(recording, kind, q):
        if each in kept or any(_exceeds(recording, kind, other, each) for other in kept):
            continue
        kept = [other for other in kept if not _exceeds(recording, kind, each, other)] + [each]
    if len(kept) == 1:
        return kept[0]
    common = reduce(gcd, [coefficient for each in kept for _, coefficient in each], 0)
    kept = [of_terms([(monomial, coefficient // common) for monomial, coefficient in each]) for each in kept]
    ends = [recording.ranges.of(each) for each in kept]
    rule = max if kind == "max" else min
    bounds = rule([low for low, _ in ends]), rule([high for _, high in ends])
    return scaled(symbol(recording.step(kind, tuple(sorted(kept)), bounds)), common)


def _candidates(recording: Recording, kind: str, p: Polynomial) -> tuple[Polynomial, ...]:
    if len(p) == 1 and len(p[0][0]) == 1 and p[0][1] > 0:
        (monomial, times) = p[0]
        step = recording.steps[monomial[0]]
        if step.kind == kind:
            return tuple([scaled(each, times) for each in step.arguments])
    return (p,)


def _exceeds(recording: Recording, kind: str, p: Polynomial, q: Polynomial) -> bool:
    """Return whether ``p`` makes ``q`` irrelevant for all values."""
    low, high = recording.ranges.of(plus(p, q, -1))
    return low >= 0 if kind == "max" else high <= 0
