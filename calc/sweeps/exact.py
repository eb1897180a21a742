"""Exact numbers for conditions: fractions, single or in arrays, that are never rounded.

A double stands for the decimal number that a row shows: the width that is written as 0.2 is 1/5.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

_INT64 = 2**63


class ExactNumbers(NamedTuple):
    """The fraction ``top`` ÷ ``bottom``.

    ``top`` is an integer or an array of integers, ``bottom`` one integer above 0.
    """

    top: Any
    bottom: int


def exact_numbers(value: Any) -> ExactNumbers:
    """Return the exact value of a number, or of an array of integers."""
    if isinstance(value, ExactNumbers):
        return value
    if hasattr(value, "dtype"):
        return ExactNumbers(value, 1) if value.dtype == "int64" else exact_column(value.tolist())
    found = _fraction(value)
    return ExactNumbers(found.numerator, found.denominator)


def exact_column(values: Sequence[int | float]) -> ExactNumbers:
    """Return the exact values of the list ``values``, as an array. Equal values are converted once."""
    import numpy  # only callers with arrays get here

    fractions = {value: _fraction(value) for value in dict.fromkeys(values)}
    bottom = lcm(*[each.denominator for each in fractions.values()])
    tops = {value: each.numerator * (bottom // each.denominator) for value, each in fractions.items()}
    kind = numpy.int64 if max(map(abs, tops.values()), default=0) < _INT64 else object
    return ExactNumbers(numpy.array([tops[value] for value in values], kind), bottom)


def taken_of(column: ExactNumbers, at: Any) -> ExactNumbers:
    """Return the items of ``column`` at the places ``at``."""
    return column._replace(top=column.top[at])


def exact_sum(left: ExactNumbers, right: ExactNumbers, rule: Callable[[Any, Any], Any]) -> ExactNumbers:
    """Return the sum of two numbers, or their difference, as ``rule`` says."""
    a, b, bottom = _alike(left, right)
    return ExactNumbers(rule(*_wide(a, b, _largest(a) + _largest(b))), bottom)


def exact_product(left: ExactNumbers, right: ExactNumbers) -> ExactNumbers:
    """Return the product of two numbers."""
    a, b = _wide(left.top, right.top, _largest(left.top) * _largest(right.top))
    return ExactNumbers(a * b, left.bottom * right.bottom)


def exact_comparison(left: ExactNumbers, right: ExactNumbers, rule: Callable[[Any, Any], Any]) -> Any:
    """Return True if the comparison ``rule`` holds, or an array that says where it holds."""
    a, b, _ = _alike(left, right)
    return rule(*_wide(a, b, max(_largest(a), _largest(b))))


def _fraction(value: int | float | Fraction) -> Fraction:
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _alike(left: ExactNumbers, right: ExactNumbers) -> tuple[Any, Any, int]:
    """Return both numbers with a common denominator."""
    bottom = lcm(left.bottom, right.bottom)
    return _scaled(left.top, bottom // left.bottom), _scaled(right.top, bottom // right.bottom), bottom


def _scaled(top: Any, factor: int) -> Any:
    if factor == 1:
        return top
    a, b = _wide(top, factor, _largest(top) * factor)
    return a * b


def _wide(left: Any, right: Any, most: int) -> tuple[Any, Any]:
    """Return both numbers. Arrays become Python integers if int64 may not hold ``most`` or one of the numbers.

    ``most`` is the largest result. A product with 0 is smaller than its factors.
    """
    if max(most, _largest(left), _largest(right)) < _INT64:
        return left, right
    a, b = [each.astype(object) if hasattr(each, "dtype") else each for each in (left, right)]
    return a, b


def _largest(top: Any) -> int:
    if not hasattr(top, "dtype"):
        return abs(int(top))
    return max(int(top.max()), -int(top.min())) if top.size else 0
