"""Computes quotients of polynomials rounded down, simplified as far as this is exact."""

from math import gcd

from calc.tape.polynomial import (
    Polynomial,
    Term,
    as_constant,
    constant,
    constant_term,
    content,
    multiplied,
    of_terms,
    plus,
    scaled,
    split,
    symbol,
    without_factors,
)
from calc.tape.recording import Recording


def floor_div(recording: Recording, p: Polynomial, divisor: Polynomial) -> Polynomial:
    """Return ⌊p / divisor⌋ for a ``divisor`` above 0."""
    number = as_constant(divisor)
    return _by_polynomial(recording, p, divisor) if number is None else _by_number(recording, p, number)


def _by_number(recording: Recording, p: Polynomial, divisor: int) -> Polynomial:
    if p and p[-1][1] < 0:  # one form for quotients rounded up: -⌊-p / d⌋ is ⌊(p + d - 1) / d⌋
        opposite = plus(scaled(p, -1), constant(divisor - 1))
        if as_constant(p) is None:
            return scaled(_by_number(recording, opposite, divisor), -1)
    whole, rest = split(p, divisor)
    common = gcd(divisor, content(rest))
    if common > 1 and divisor > 1:
        added = constant(constant_term(rest) // common)
        rest = plus(of_terms([(symbols, value // common) for symbols, value in rest if symbols]), added)
        divisor //= common
    if as_constant(rest) is not None:
        return plus(whole, constant((as_constant(rest) or 0) // divisor))
    inner = _floor_of_floor(recording, rest, divisor)
    if inner is not None:
        return plus(whole, inner)
    low, high = [end // divisor for end in recording.ranges.of(rest)]
    if low == high:
        return plus(whole, constant(low))
    return plus(whole, symbol(recording.step("floor_div", (rest, constant(divisor)), (low, high))))


def _floor_of_floor(recording: Recording, p: Polynomial, divisor: int) -> Polynomial | None:
    """Apply the identity ⌊(⌊a / c⌋ + k) / divisor⌋ = ⌊(a + c k) / (c · divisor)⌋, if ``p`` has that form;
    else None.
    """
    (monomial, coefficient), added = p[-1], constant_term(p)
    if coefficient != 1 or len(monomial) != 1 or plus(symbol(monomial[0]), constant(added)) != p:
        return None
    step = recording.steps[monomial[0]]
    inner = as_constant(step.arguments[1]) if step.kind == "floor_div" else None
    if inner is None:
        return None
    return _by_number(recording, plus(step.arguments[0], constant(inner * added)), inner * divisor)


def _by_polynomial(recording: Recording, p: Polynomial, divisor: Polynomial) -> Polynomial:
    if p == divisor:
        return constant(1)
    whole, rest = _divided(p, divisor)
    low, high = recording.ranges.of(rest)
    least, most = recording.ranges.of(divisor)
    if low >= 0 and high < max(least, 1):
        return whole
    ends = [low // max(least, 1), low // max(most, 1), high // max(least, 1), high // max(most, 1)]
    return plus(whole, symbol(recording.step("floor_div", (rest, divisor), (min(ends), max(ends)))))


def _divided(p: Polynomial, divisor: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Return the quotient of the part of ``p`` that ``divisor`` divides, and the rest.

    A divisor with several terms must divide all of ``p``.
    """
    whole: Polynomial = ()
    if len(divisor) > 1:
        rest = p
        while rest:
            term = _quotient(_leading(rest), _leading(divisor))
            if term is None:
                return (), p
            whole, rest = plus(whole, (term,)), plus(rest, multiplied((term,), divisor), -1)
        return whole, ()
    terms = [(term, _quotient(term, divisor[0])) for term in p]
    return of_terms([found for _, found in terms if found]), of_terms([term for term, found in terms if not found])


def _leading(p: Polynomial) -> Term:
    return max(p, key=lambda term: (len(term[0]), term[0]))


def _quotient(term: Term, divisor: Term) -> Term | None:
    left = without_factors(term[0], divisor[0])
    return None if left is None or term[1] % divisor[1] else (left, term[1] // divisor[1])
