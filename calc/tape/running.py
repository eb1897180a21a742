"""Runs the steps of a tape on numbers or arrays. For arrays the caller passes functions that accept them."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, NamedTuple

from calc.tape.atoms import Operand, Step
from calc.tape.polynomial import Monomial, Polynomial


class Arithmetic(NamedTuple):
    """The functions for which Python has no operator: conversions of doubles, maximum, minimum and others."""

    maximum: Callable[[Any, Any], Any]
    minimum: Callable[[Any, Any], Any]
    as_double: Callable[[Any], Any]
    as_integer: Callable[[Any], Any]
    """Converts a truth value, or a double without a fraction."""
    floor: Callable[[Any], Any]
    ceil: Callable[[Any], Any]
    trunc: Callable[[Any], Any]
    round: Callable[[Any], Any]
    log2: Callable[[Any], Any]
    power: Callable[[Any, Any], Any]
    gcd: Callable[[Any, Any], Any]


PYTHON = Arithmetic(max, min, float, int, math.floor, math.ceil, math.trunc, round, math.log2, pow, math.gcd)
"""The functions for Python's own numbers, which cannot overflow."""


class Run:
    """The results of the steps in order. The method ``step`` adds one."""

    def __init__(self, arithmetic: Arithmetic, given: Mapping[str, Any]) -> None:
        self.arithmetic = arithmetic
        self.given = given
        self.results: list[Any] = []
        self._products: dict[Monomial, Any] = {}

    def step(self, step: Step) -> None:
        """Compute the next step."""
        self.results.append(self.result(step))

    def result(self, step: Step) -> Any:
        """Return the result of ``step``, whose operands have been computed."""
        if step.kind in ("integer", "double"):
            return self.given[step.arguments[0]]
        return getattr(self, f"_{step.kind}")(*step.arguments)

    def outputs(self, polynomials: Mapping[str, Polynomial], doubles: Mapping[str, Operand]) -> dict[str, Any]:
        """Return the values of the outputs of a tape."""
        integers = {name: self.polynomial(p) for name, p in polynomials.items()}
        return integers | {name: self._double(each) for name, each in doubles.items()}

    def polynomial(self, p: Polynomial) -> Any:
        """Return the value of ``p``."""
        total: Any = 0
        for monomial, coefficient in p:
            total = total + (coefficient if not monomial else self._scaled(monomial, coefficient))
        return total

    def _scaled(self, monomial: Monomial, coefficient: int) -> Any:
        product = self._product(monomial)
        return product if coefficient == 1 else coefficient * product

    def _product(self, monomial: Monomial) -> Any:
        if len(monomial) == 1:
            return self.results[monomial[0]]
        if monomial not in self._products:
            self._products[monomial] = self._product(monomial[:-1]) * self.results[monomial[-1]]
        return self._products[monomial]

    def _double(self, operand: Operand) -> Any:
        return self.results[operand] if isinstance(operand, int) else operand.value

    def _both(self, operands: Sequence[Operand]) -> tuple[Any, Any]:
        left, right = operands
        return self._double(left), self._double(right)

    def _sum(self, p: Polynomial) -> Any:
        return self.polynomial(p)

    def _floor_div(self, p: Polynomial, divisor: Polynomial) -> Any:
        return self.polynomial(p) // self.polynomial(divisor)

    def _max(self, *of: Polynomial) -> Any:
        return reduce(self.arithmetic.maximum, map(self.polynomial, of))

    def _min(self, *of: Polynomial) -> Any:
        return reduce(self.arithmetic.minimum, map(self.polynomial, of))

    def _gcd(self, p: Polynomial, q: Polynomial) -> Any:
        return self.arithmetic.gcd(self.polynomial(p), self.polynomial(q))

    def _below(self, p: Polynomial) -> Any:
        return self.arithmetic.as_integer(self.polynomial(p) < 0)

    def _zero(self, p: Polynomial) -> Any:
        return self.arithmetic.as_integer(self.polynomial(p) == 0)

    def _double_below(self, *operands: Operand) -> Any:
        left, right = self._both(operands)
        return self.arithmetic.as_integer(left < right)

    def _double_at_most(self, *operands: Operand) -> Any:
        left, right = self._both(operands)
        return self.arithmetic.as_integer(left <= right)

    def _double_equal(self, *operands: Operand) -> Any:
        left, right = self._both(operands)
        return self.arithmetic.as_integer(left == right)

    def _floor(self, operand: int) -> Any:
        return self.arithmetic.floor(self._double(operand))

    def _ceil(self, operand: int) -> Any:
        return self.arithmetic.ceil(self._double(operand))

    def _trunc(self, operand: int) -> Any:
        return self.arithmetic.trunc(self._double(operand))

    def _round(self, operand: int) -> Any:
        return self.arithmetic.round(self._double(operand))

    def _of_integer(self, p: Polynomial) -> Any:
        return self.arithmetic.as_double(self.polynomial(p))

    def _ratio(self, p: Polynomial, q: Polynomial) -> Any:
        return self.arithmetic.as_double(self.polynomial(p)) / self.arithmetic.as_double(self.polynomial(q))

    def _log2(self, p: Polynomial) -> Any:
        return self.arithmetic.log2(self.polynomial(p))

    def _add(self, *operands: Operand) -> Any:
        left, right = self._both(operands)
        return left + right

    def _subtract(self, *operands: Operand) -> Any:
        left, right = self._both(operands)
        return left - right

    def _multiply(self, *operands: Operand) -> Any:
        left, right = self._both(operands)
        return left * right

    def _divide(self, *operands: Operand) -> Any:
        left, right = self._both(operands)
        return left / right

    def _power(self, *operands: Operand) -> Any:
        return self.arithmetic.power(*self._both(operands))

    def _double_max(self, *operands: Operand) -> Any:
        return self.arithmetic.maximum(*self._both(operands))

    def _double_min(self, *operands: Operand) -> Any:
        return self.arithmetic.minimum(*self._both(operands))
