"""Polynomials with integer coefficients over numbered symbols. Equal polynomials are equal tuples."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import reduce
from math import gcd

Monomial = tuple[int, ...]
"""The numbers of the symbols that are multiplied, in ascending order. A power repeats its symbol."""
Term = tuple[Monomial, int]
Polynomial = tuple[Term, ...]
"""Monomials with their coefficients, none of which is 0."""


def of_terms(terms: Mapping[Monomial, int] | Iterable[tuple[Monomial, int]]) -> Polynomial:
    """Return the polynomial that is the sum of ``terms``."""
    given = terms.items() if isinstance(terms, Mapping) else terms
    return tuple(sorted([term for term in given if term[1]]))


def constant(value: int) -> Polynomial:
    """Return the constant polynomial ``value``."""
    return (((), value),) if value else ()


def symbol(number: int) -> Polynomial:
    """Return the polynomial that is the symbol with this number."""
    return (((number,), 1),)


def as_constant(p: Polynomial) -> int | None:
    """Return the value of ``p`` if it has no symbols, and otherwise None."""
    if not p:
        return 0
    return p[0][1] if len(p) == 1 and not p[0][0] else None


def constant_term(p: Polynomial) -> int:
    """Return the constant term of ``p``."""
    return p[0][1] if p and not p[0][0] else 0


def plus(p: Polynomial, q: Polynomial, times_q: int = 1) -> Polynomial:
    """Return p + times_q · q."""
    found = dict(p)
    for monomial, coefficient in q:
        found[monomial] = found.get(monomial, 0) + times_q * coefficient
    return of_terms(found)


def multiplied(p: Polynomial, q: Polynomial) -> Polynomial:
    """Return p · q."""
    found: dict[Monomial, int] = defaultdict(int)
    for left, a in p:
        for right, b in q:
            found[tuple(sorted(left + right))] += a * b
    return of_terms(found)


def scaled(p: Polynomial, factor: int) -> Polynomial:
    """Return factor · p."""
    return of_terms([(monomial, factor * coefficient) for monomial, coefficient in p])


def split(p: Polynomial, divisor: int) -> tuple[Polynomial, Polynomial]:
    """Return q and r with p = divisor · q + r. The coefficients of r are at least 0 and below ``divisor``."""
    whole = of_terms([(monomial, coefficient // divisor) for monomial, coefficient in p])
    rest = of_terms([(monomial, coefficient % divisor) for monomial, coefficient in p])
    return whole, rest


def content(p: Polynomial) -> int:
    """Return the greatest common divisor of the coefficients of all symbols; 0 for a constant."""
    return reduce(gcd, [coefficient for monomial, coefficient in p if monomial], 0)


def common_factors(monomial: Monomial, other: Monomial) -> Monomial:
    """Return the symbols that both have as factors, each as often as both have it."""
    return tuple(sorted((Counter(monomial) & Counter(other)).elements()))


def without_factors(monomial: Monomial, factors: Monomial) -> Monomial | None:
    """Return ``monomial`` divided by ``factors``, or None if they do not divide it."""
    left = list(monomial)
    for factor in factors:
        if factor not in left:
            return None
        left.remove(factor)
    return tuple(left)
