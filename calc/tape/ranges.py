"""Computes bounds of polynomials over steps, as far as they follow from the bounds of the steps."""

from collections.abc import Sequence
from functools import reduce
from itertools import groupby

from calc.tape.atoms import Bounds, Step
from calc.tape.polynomial import Polynomial, as_constant, common_factors, of_terms, plus, scaled, without_factors

_FEW = 12
"""The most terms of a polynomial whose floors are examined."""


class Ranges:
    """The bounds of numbered ``steps`` and of polynomials over them."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.of_steps: list[Bounds] = []

    def of(self, p: Polynomial) -> tuple[int, int]:
        """Return the bounds of ``p``."""
        found = self._term_by_term(p)
        if 1 < len(p) <= _FEW:
            for other in (self._floors_paired(p), self._remainder(p)):
                if other is not None:
                    found = max(found[0], other[0]), min(found[1], other[1])
        return found

    def magnitude(self, p: Polynomial) -> int:
        """Return a bound for the absolute value of every sum of terms of ``p``."""
        total = 0
        for monomial, coefficient in p:
            size = abs(coefficient)
            for number in monomial:
                low, high = self.of_steps[number]
                size *= int(max(abs(low), abs(high), 1))
            total += size
        return total

    def _term_by_term(self, p: Polynomial) -> tuple[int, int]:
        least = most = 0
        for monomial, coefficient in p:
            low = high = coefficient
            for number, factors in groupby(monomial):
                a, b = self._power(number, len(tuple(factors)))
                corners = (low * a, low * b, high * a, high * b)
                low, high = min(corners), max(corners)
            least, most = least + low, most + high
        return least, most

    def _power(self, number: int, exponent: int) -> tuple[int, int]:
        low, high = map(int, self.of_steps[number])
        ends = low**exponent, high**exponent
        return (0 if low < 0 < high and exponent % 2 == 0 else min(ends)), max(ends)

    def _floors_paired(self, p: Polynomial) -> tuple[int, int] | None:
        """Return the bounds of ``p`` if it has differences ⌊a / c⌋ − ⌊b / c⌋ with a constant a − b, otherwise None.

        Such a difference is (a − b) / c, rounded up or down.
        """
        terms = dict(p)
        floors = [monomial[0] for monomial in terms if len(monomial) == 1 and self._divisor(monomial[0])]
        least = most = 0
        for number in floors:
            for other in floors:
                more, less = terms.get((number,), 0), terms.get((other,), 0)
                if more <= 0 or less >= 0 or self._divisor(number) != self._divisor(other):
                    continue
                (a, _), (b, _) = self.steps[number].arguments, self.steps[other].arguments
                apart = as_constant(plus(a, b, -1))
                if apart is None:
                    continue
                pairs, divisor = min(more, -less), self._divisor(number)
                least += pairs * (apart // divisor)
                most += pairs * -(-apart // divisor)
                terms[number,], terms[other,] = more - pairs, less + pairs
        if terms == dict(p):
            return None
        low, high = self._term_by_term(of_terms(terms))
        return least + low, most + high

    def _remainder(self, p: Polynomial) -> tuple[int, int] | None:
        """Return the bounds of ``p`` if it has a multiple k of a remainder a − c ⌊a / c⌋, otherwise None.

        The multiple is from 0 to k · (c − 1).
        """
        floors = [monomial[0] for monomial, _ in p if len(monomial) == 1 and self._divisor(monomial[0])]
        for number in sorted(floors, reverse=True):
            divisor, (a, _) = self._divisor(number), self.steps[number].arguments
            times, rest = divmod(-dict(p)[number,], divisor)
            if rest:
                continue
            without = plus(plus(p, scaled(a, times), -1), (((number,), times * divisor),))
            if len(without) > len(p):
                continue
            low, high = self.of(without)
            ends = (0, times * (divisor - 1))
            return low + min(ends), high + max(ends)
        return None

    def of_test(self, p: Polynomial) -> tuple[int, int]:
        """Return the bounds of ``p`` for a test. They are narrower than ``of``, and slower to compute."""
        low, high = self.of(p)
        other = self._quadratic(p) if 1 < len(p) <= 3 else None
        return (low, high) if other is None else (max(low, other[0]), min(high, other[1]))

    def _quadratic(self, p: Polynomial) -> tuple[int, int] | None:
        """Return the bounds of m · (a x² + b x + c), where m is a monomial without x.

        The second factor is least or most at an end of the range of x, or beside its vertex.
        """
        common = reduce(common_factors, [monomial for monomial, _ in p])
        symbols = {number for monomial, _ in p for number in without_factors(monomial, common) or ()}
        if len(symbols) != 1:
            return None
        x = symbols.pop()
        terms = {monomial.count(x): coefficient for monomial, coefficient in p}
        a, b, c = [terms.get(degree, 0) for degree in (2, 1, 0)]
        if max(terms) != 2:
            return None
        low, high = map(int, self.of_steps[x])
        vertex = -b // (2 * a)
        taken = [a * at * at + b * at + c for at in (low, high, vertex, vertex + 1) if low <= at <= high]
        others = tuple([number for number in common if number != x])
        corners = [end * value for end in self._term_by_term(((others, 1),)) for value in (min(taken), max(taken))]
        return min(corners), max(corners)

    def _divisor(self, number: int) -> int:
        """Return the constant by which the step divides; 0 if it is not a quotient or the divisor is not constant."""
        step = self.steps[number]
        return (as_constant(step.arguments[1]) or 0) if step.kind == "floor_div" else 0
