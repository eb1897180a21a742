"""Bounds of polynomials over steps, as far as they follow from the bounds of the steps."""

from collections.abc import Sequence
from itertools import groupby

from calc.tape.atoms import Bounds, Step
from calc.tape.polynomial import Polynomial, as_constant, of_terms, plus, scaled

_FEW = 12
"""The most terms of a polynomial whose floors are looked at."""


class Ranges:
    """The bounds of numbered ``steps`` and of polynomials over them."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps
        self.of_steps: list[Bounds] = []

    def of(self, p: Polynomial) -> tuple[int, int]:
        """The bounds of ``p``."""
        found = self._term_by_term(p)
        if 1 < len(p) <= _FEW:
            for other in (self._floors_paired(p), self._remainder(p)):
                if other is not None:
                    found = max(found[0], other[0]), min(found[1], other[1])
        return found

    def magnitude(self, p: Polynomial) -> int:
        """A number that the absolute value of no sum of terms of ``p`` exceeds."""
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
        """The bounds of ``p`` if it has differences ⌊a / c⌋ − ⌊b / c⌋ with a constant a − b, otherwise None.

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
        """The bounds of ``p`` if it has a multiple k of a remainder a − c ⌊a / c⌋, otherwise None.

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

    def _divisor(self, number: int) -> int:
        """The constant by which the step divides; 0 if it is not a quotient or the divisor is not constant."""
        step = self.steps[number]
        return (as_constant(step.arguments[1]) or 0) if step.kind == "floor_div" else 0
