"""Records ordinary code: each step once, and the truth values that it branched on."""

from typing import Any

from calc.tape.atoms import DOUBLES, Bounds, Guard, Kind, Number, Operand, Step
from calc.tape.polynomial import (
    Polynomial,
    as_constant,
    constant,
    constant_term,
    content,
    of_terms,
    plus,
    scaled,
    symbol,
)
from calc.tape.ranges import Ranges
from calc.tape.running import PYTHON, Run


class Recording:
    """The steps in order, with their results at one point within the ranges of ``variables``.

    ``guards`` are the truth values that the code branched on, in this order. The bounds of a step hold where all guards
    up to it hold. ``bounds`` has them for each step at the time when it was recorded.
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.ranges = Ranges(self.steps)
        self.bounds: list[Bounds] = []
        self.guards: list[Guard] = []
        self.variables: dict[str, int] = {}
        self._at: dict[str, Number] = {}
        self._run = Run(PYTHON, self._at)
        self._numbers: dict[Step, int] = {}
        self._answers: dict[Step, bool] = {}

    def variable(self, name: str, at: Number, bounds: Bounds) -> int:
        """Return the number of a new variable. It is a double if ``at`` is one."""
        if not bounds[0] <= at <= bounds[1]:
            raise ValueError(f"{name} is {at}, outside {bounds[0]} to {bounds[1]}")
        self._at[name] = at
        self.variables[name] = self.step("double" if type(at) is float else "integer", (name,), bounds)
        return self.variables[name]

    def step(self, kind: Kind, arguments: tuple[Any, ...], bounds: Bounds) -> int:
        """Return the number of the step. An equal step that exists is reused."""
        step = Step(kind, arguments)
        if step not in self._numbers:
            self._numbers[step] = len(self.steps)
            self.steps.append(step)
            self.ranges.of_steps.append(bounds)
            self.bounds.append(bounds)
            self._run.step(step)
        return self._numbers[step]

    def value(self, p: Polynomial) -> int:
        """Return the value of ``p`` at the point."""
        found: int = self._run.polynomial(p)
        return found

    def double(self, number: int) -> float:
        """Return the value of a double step at the point."""
        found: float = self._run.results[number]
        return found

    def test(self, kind: Kind, arguments: tuple[Any, ...]) -> tuple[Step, bool] | bool:
        """Return the test in its normal form with whether it is negated, or the result if it is constant.

        ``below`` and ``zero`` test a polynomial, and all others compare two doubles.
        """
        if kind not in ("below", "zero"):
            known = self._known_of_doubles(kind, arguments)
            return (Step(kind, arguments), False) if known is None else known
        p: Polynomial = arguments[0]
        low, high = self.ranges.of_test(p)
        if kind == "below" and (high < 0 or low >= 0):
            return high < 0
        if kind == "zero" and (low == high == 0 or low > 0 or high < 0):
            return low == high == 0
        divisor, opposite = content(p), p[-1][1] < 0
        if kind == "zero" and constant_term(p) % divisor:
            return False
        if opposite:  # p < 0 is not -p - 1 < 0
            p = plus(scaled(p, -1), constant(-1 if kind == "below" else 0))
        symbols = of_terms([(monomial, value // divisor) for monomial, value in p if monomial])
        return Step(kind, (plus(symbols, constant(constant_term(p) // divisor)),)), opposite and kind == "below"

    def _known_of_doubles(self, kind: Kind, operands: tuple[Operand, ...]) -> bool | None:
        (low, high), (other_low, other_high) = map(self.bounds_of_double, operands)
        if kind == "double_equal":
            return False if high < other_low or other_high < low else True if operands[0] == operands[1] else None
        if kind == "double_below":
            return True if high < other_low else False if low >= other_high else None
        return True if high <= other_low else False if low > other_high else None

    def answer(self, test: Step) -> bool:
        """Return the result of ``test`` at the point."""
        return bool(self._run.result(test))

    def settled(self, test: Step) -> bool:
        """Return the result of ``test`` at the point, which becomes a guard for everything that follows."""
        if test not in self._answers:
            self._answers[test] = answer = self.answer(test)
            self.guards.append(Guard(test, answer))
            self._narrow(test, answer)
        return self._answers[test]

    def bounds_of_double(self, operand: Operand) -> Bounds:
        """Return the bounds of a step or of a constant."""
        return self.ranges.of_steps[operand] if isinstance(operand, int) else (operand.value, operand.value)

    def _narrow(self, test: Step, answer: bool) -> None:
        """Narrows the bounds of a step by the result of a test."""
        if test.kind not in ("below", "zero"):
            return
        p: Polynomial = test.arguments[0]
        (monomial, _), added = p[-1], constant_term(p)
        if len(monomial) != 1 or plus(symbol(monomial[0]), constant(added)) != p:
            return
        number = monomial[0]
        low, high = self.ranges.of_steps[number]
        if test.kind == "below":
            self._bound(number, *((low, -added - 1) if answer else (-added, high)))
        elif answer:
            self._bound(number, -added, -added)
        else:
            self._bound(number, low + (low == -added), high - (high == -added))

    def _bound(self, number: int, low: Number, high: Number) -> None:
        """Narrows the bounds of the step ``number`` to ``low`` and ``high``, and those of its numerator if it is a
        quotient.
        """
        before, step = self.ranges.of_steps[number], self.steps[number]
        low, high = max(before[0], low), min(before[1], high)
        self.ranges.of_steps[number] = low, high
        divisor = as_constant(step.arguments[1]) if step.kind == "floor_div" else None
        if divisor is None:
            return
        p: Polynomial = step.arguments[0]
        (monomial, _), added = p[-1], constant_term(p)
        if len(monomial) == 1 and plus(symbol(monomial[0]), constant(added)) == p:
            self._bound(monomial[0], divisor * low - added, divisor * high + divisor - 1 - added)

    def is_double(self, number: int) -> bool:
        """Return whether the result of the step is a double."""
        return self.steps[number].kind in DOUBLES
