"""Numbers that record the arithmetic done with them. They can replace Python's numbers in most code."""

import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, Literal

from calc.recorded import fixed
from calc.tape.answers import RecordedTruth, negated, truth
from calc.tape.atoms import Bounds, Constant, Kind, Operand
from calc.tape.extremes import extreme
from calc.tape.operators import Comparable, Comparison, Divisible
from calc.tape.polynomial import Polynomial, as_constant, constant, multiplied, of_terms, plus, scaled, symbol
from calc.tape.quotients import floor_div
from calc.tape.recording import Recording

_EXACT = 2**53
"""The largest integer up to which every integer is exactly a double."""
_MANY_TERMS = 500
"""A product of sums with more terms than this is not expanded."""


def integer(recording: Recording, p: Polynomial) -> Any:
    """Return ``p`` as a number: a plain int if it has no variables."""
    found = as_constant(p)
    return RecordedInteger(recording, p) if found is None else found


def double(recording: Recording, kind: Kind, arguments: tuple[Any, ...], bounds: Bounds) -> "RecordedDouble":
    """Return a new step, as a double."""
    return RecordedDouble(recording, recording.step(kind, arguments, bounds))


class RecordedInteger(Comparable, Divisible):
    """An integer: a polynomial over the steps of a recording."""

    __slots__ = ("polynomial", "recording")

    def __init__(self, recording: Recording, p: Polynomial) -> None:
        self.recording = recording
        self.polynomial = p

    def _of(self, other: Any) -> Polynomial | None:
        if type(other) in (int, bool):
            return constant(int(other))
        if isinstance(other, RecordedTruth):
            other = other.as_integer()
            return constant(other) if type(other) is int else other.polynomial
        return other.polynomial if isinstance(other, RecordedInteger) else None

    def _made(self, other: Any, rule: Callable[[Polynomial, Polynomial], Polynomial], of_doubles: Any) -> Any:
        p = self._of(other)
        if p is not None:
            return integer(self.recording, rule(self.polynomial, p))
        if isinstance(other, (float, RecordedDouble)):
            return of_doubles(self.as_double(), other)
        return NotImplemented

    def as_double(self) -> "RecordedDouble":
        """Return the number as a double."""
        low, high = self.recording.ranges.of(self.polynomial)
        return double(self.recording, "of_integer", (self.polynomial,), (float(low), float(high)))

    def __add__(self, other: Any) -> Any:
        return self._made(other, plus, operator.add)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._made(other, lambda p, q: plus(p, q, -1), operator.sub)

    def __rsub__(self, other: Any) -> Any:
        return self._made(other, lambda p, q: plus(q, p, -1), lambda a, b: b - a)

    def __mul__(self, other: Any) -> Any:
        p = self._of(other)
        fewer, more = sorted((len(p or ()), len(self.polynomial)))
        if p is not None and fewer > 1 and fewer * more > _MANY_TERMS:
            return self.condensed() * integer(self.recording, p).condensed()
        return self._made(other, multiplied, operator.mul)

    __rmul__ = __mul__

    def __neg__(self) -> Any:
        return integer(self.recording, scaled(self.polynomial, -1))

    def __abs__(self) -> Any:
        return self.at_least(-self)

    def __pow__(self, exponent: Any) -> Any:
        if type(exponent) is float or (type(exponent) is int and exponent < 0):
            return self.as_double() ** exponent
        if type(exponent) is not int or exponent > 8:
            return self.fixed() ** fixed(exponent)
        found: Any = 1
        for _ in range(exponent):
            found = found * self
        return found

    def __rpow__(self, base: Any) -> Any:
        return base ** self.fixed()

    def divided(self, top: Any, bottom: Any) -> tuple[Any, Any]:
        """Return ⌊top / bottom⌋ and the remainder.

        If an operand is not an integer or may be negative, the result holds only for the recorded values.
        """
        p, q = self._of(top), self._of(bottom)
        if p is None or q is None or not bottom > 0:
            whole, rest = divmod(fixed(top), fixed(bottom))
            return whole, rest
        whole = integer(self.recording, floor_div(self.recording, p, q))
        return whole, top - whole * bottom

    def __truediv__(self, other: Any) -> Any:
        return self._ratio(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._ratio(other, self)

    def _ratio(self, top: Any, bottom: Any) -> Any:
        p, q = self._of(top), self._of(bottom)
        if p is None or q is None:
            top = top.as_double() if isinstance(top, RecordedInteger) else top
            return top / (bottom.as_double() if isinstance(bottom, RecordedInteger) else bottom)
        ranges = self.recording.ranges
        if not bottom > 0 or max(ranges.magnitude(p), ranges.magnitude(q)) > _EXACT:
            return fixed(top) / fixed(bottom)
        (low, high), (least, most) = ranges.of(p), ranges.of(q)
        ends = [a / b for a in (low, high) for b in (max(least, 1), max(most, 1))]
        return double(self.recording, "ratio", (p, q), (min(ends), max(ends)))

    def compared(self, other: Any, rule: Comparison) -> Any:
        p = self._of(other)
        if p is None:
            if not isinstance(other, (float, RecordedDouble)):
                return NotImplemented
            mine = self if self.recording.ranges.magnitude(self.polynomial) <= _EXACT else None
            left: Any = self.fixed() if mine is None else self.as_double()
            return getattr(operator, rule)(left, other)
        apart = plus(self.polynomial, p, -1)
        if rule == "eq":
            return truth(self.recording, "zero", (apart,), integer)
        if rule in ("gt", "le"):  # not a ≤ b, and a < b + 1
            found = truth(self.recording, "below", (plus(apart, constant(-1)),), integer)
        else:
            found = truth(self.recording, "below", (apart,), integer)
        return found if rule in ("lt", "le") else negated(found)

    def __hash__(self) -> int:
        return hash((id(self.recording), self.polynomial))

    @property
    def value(self) -> int:
        return self.recording.value(self.polynomial)

    def __int__(self) -> int:
        found: int = self.fixed()
        return found

    __index__ = __int__

    def __float__(self) -> float:
        return float(self.fixed())

    def __pos__(self) -> Any:
        return self

    __floor__ = __ceil__ = __trunc__ = __round__ = __pos__

    def at_least(self, other: Any, is_second: bool = False) -> Any:
        return self._chosen(other, "max", is_second)

    def at_most(self, other: Any, is_second: bool = False) -> Any:
        return self._chosen(other, "min", is_second)

    def _chosen(self, other: Any, kind: Literal["max", "min"], is_second: bool) -> Any:
        p = self._of(other)
        if p is None:
            return _guarded(self, other, kind == "max", is_second)
        return integer(self.recording, extreme(self.recording, kind, self.polynomial, p))

    def common_divisor(self, other: Any) -> Any:
        p = self._of(other)
        if p is None:
            return math.gcd(self.fixed(), fixed(other))
        if p in (self.polynomial, constant(1)):
            return abs(other)
        pair = tuple(sorted((self.polynomial, p)))
        most = max([abs(end) for each in pair for end in self.recording.ranges.of(each)])
        return integer(self.recording, symbol(self.recording.step("gcd", pair, (0, most))))

    def condensed(self) -> Any:
        if len(self.polynomial) == 1:
            return self
        common = reduce(math.gcd, [coefficient for _, coefficient in self.polynomial], 0)
        p = of_terms([(monomial, coefficient // common) for monomial, coefficient in self.polynomial])
        whole = symbol(self.recording.step("sum", (p,), self.recording.ranges.of(p)))
        return integer(self.recording, scaled(whole, common))

    def log2(self) -> Any:
        if not self > 0:
            raise ValueError("a logarithm of a number that is not above 0")
        return double(self.recording, "log2", (self.polynomial,), (0.0, 1024.0))


Operator = Callable[[Any, Any], Any]


def _double_operators(kind: Kind, rule: Operator) -> tuple[Operator, Operator]:
    """Return an operator of doubles, and the same one with its operands swapped."""
    return lambda a, b: a.combined(kind, b, rule), lambda a, b: a.combined(kind, b, rule, swapped=True)


_COMPARED: dict[Comparison, Kind] = {
    "lt": "double_below", "gt": "double_below", "le": "double_at_most", "ge": "double_at_most", "eq": "double_equal",
}  # fmt: skip


def operand_of(value: "float | RecordedDouble") -> Operand:
    """Return the operand of a step for ``value``."""
    return value.number if isinstance(value, RecordedDouble) else Constant(value)


def _guarded(one: Any, other: Any, is_larger: bool, is_second: bool) -> Any:
    """Return the larger or the smaller of an integer and a double. A guard records which one it is."""
    first, second = (other, one) if is_second else (one, other)
    return first if (first >= second if is_larger else first <= second) else second


class RecordedDouble(Comparable, Divisible):
    """A double: a step of a recording."""

    __slots__ = ("number", "recording")

    def __init__(self, recording: Recording, number: int) -> None:
        self.recording = recording
        self.number = number

    def _operand(self, other: Any) -> Operand | None:
        if isinstance(other, RecordedTruth):
            other = other.as_integer()
        if isinstance(other, RecordedInteger):
            other = other.as_double()
        if isinstance(other, RecordedDouble):
            return other.number
        return Constant(float(other)) if isinstance(other, (int, float)) else None

    def combined(self, kind: Kind, other: Any, rule: Operator, swapped: bool = False) -> Any:
        """Return the step ``kind`` of this number and ``other``, or of both ``swapped``.

        For plain numbers ``rule`` computes the result.
        """
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        if kind == "multiply" and operand == Constant(1.0):
            return self
        operands = (operand, self.number) if swapped else (self.number, operand)
        left, right = map(self.recording.bounds_of_double, operands)
        if kind == "divide" and right[0] <= 0 <= right[1]:
            return rule(*map(fixed, (other, self) if swapped else (self, other)))
        ends = [rule(a, b) for a in left for b in right]  # rounding keeps the order
        if not all(map(math.isfinite, ends)):  # without a finite range the result holds at this value only
            return rule(*map(fixed, (other, self) if swapped else (self, other)))
        return double(self.recording, kind, operands, (min(ends), max(ends)))

    __add__, __radd__ = _double_operators("add", operator.add)
    __sub__, __rsub__ = _double_operators("subtract", operator.sub)
    __mul__, __rmul__ = _double_operators("multiply", operator.mul)
    __truediv__, __rtruediv__ = _double_operators("divide", operator.truediv)

    def divided(self, top: Any, bottom: Any) -> tuple[Any, Any]:
        whole, rest = divmod(fixed(top), fixed(bottom))
        return whole, rest

    def __rpow__(self, base: Any) -> Any:
        return fixed(base) ** self.fixed()

    def __pow__(self, exponent: Any) -> Any:
        low, high = self.recording.bounds_of_double(self.number)
        if type(exponent) not in (int, float) or low <= 0:
            return self.fixed() ** fixed(exponent)
        try:
            ends = sorted((low**exponent, high**exponent))
        except OverflowError:
            return self.fixed() ** exponent
        bounds = ends[0] * (1 - 1e-9), ends[1] * (1 + 1e-9)  # no library promises that pow is monotonic
        if not math.isfinite(bounds[1]):
            return self.fixed() ** exponent
        return double(self.recording, "power", (self.number, Constant(float(exponent))), bounds)

    def __neg__(self) -> Any:
        return -1.0 * self

    def compared(self, other: Any, rule: Comparison) -> Any:
        operand = self._operand(other)
        if operand is None:
            return NotImplemented
        pair = (operand, self.number) if rule in ("gt", "ge") else (self.number, operand)
        return truth(self.recording, _COMPARED[rule], pair, integer)

    def __hash__(self) -> int:
        return hash((id(self.recording), "double", self.number))

    @property
    def value(self) -> float:
        return self.recording.double(self.number)

    def __float__(self) -> float:
        found: float = self.fixed()
        return found

    def __int__(self) -> int:
        return int(self.fixed())

    def _whole(self, kind: Kind, rule: Callable[[float], int]) -> Any:
        step = self.recording.steps[self.number]
        if step.kind == "of_integer" and self.recording.ranges.magnitude(step.arguments[0]) <= _EXACT:
            return integer(self.recording, step.arguments[0])
        low, high = self.recording.ranges.of_steps[self.number]
        return integer(self.recording, symbol(self.recording.step(kind, (self.number,), (rule(low), rule(high)))))

    def __floor__(self) -> Any:
        return self._whole("floor", math.floor)

    def __ceil__(self) -> Any:
        return self._whole("ceil", math.ceil)

    def __trunc__(self) -> Any:
        return self._whole("trunc", math.trunc)

    def __round__(self, digits: int | None = None) -> Any:
        return self._whole("round", round) if digits is None else round(self.fixed(), digits)

    def at_least(self, other: Any, is_second: bool = False) -> Any:
        if isinstance(other, (float, RecordedDouble)):
            return self.combined("double_max", other, max)
        return _guarded(self, other, True, is_second)

    def at_most(self, other: Any, is_second: bool = False) -> Any:
        if isinstance(other, (float, RecordedDouble)):
            return self.combined("double_min", other, min)
        return _guarded(self, other, False, is_second)

    def log2(self) -> Any:
        return math.log2(self.fixed())
