"""Numbers that stand for one number at many values: ordinary code runs on them, and what it does is recorded.

``calc.tape`` makes them. Whatever asks such a number for its value (an index, a condition, a count of repeats) narrows
what is recorded to that value, or to that answer. So code is right for them as it is; the functions here keep more.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from math import gcd, log2
from typing import Any, TypeVar

Number = TypeVar("Number")


class RecordedValue:
    """A number, or an answer, that records what is done with it."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        """What it is where it is recorded."""
        raise NotImplementedError

    def fixed(self) -> Any:
        """Its value; what is recorded is right for this value alone from then on."""
        raise NotImplementedError

    def at_least(self, other: Any, is_second: bool = False) -> Any:
        """The larger of it and ``other``: where they are equal, it, or ``other`` if it ``is_second``."""
        raise NotImplementedError

    def at_most(self, other: Any, is_second: bool = False) -> Any:
        """The smaller of it and ``other``; of equal ones as ``at_least``."""
        raise NotImplementedError

    def common_divisor(self, other: Any) -> Any:
        """The greatest common divisor of it and ``other``."""
        raise NotImplementedError

    def condensed(self) -> Any:
        """It as one number of its own, that is not taken apart where it is multiplied."""
        return self

    def log2(self) -> Any:
        """Its logarithm to base 2."""
        raise NotImplementedError


class ReadValue(RecordedValue):
    """A value of which is recorded alone that it is read."""

    __slots__ = ()


def taken(value: Any) -> Any:
    """``value``, which is read from a list."""
    return value.fixed() if isinstance(value, ReadValue) else value


def fixed(value: Any) -> Any:
    """``value``, which code reads as a plain number; one that is recorded is fixed, in a list too."""
    if isinstance(value, RecordedValue):
        return value.fixed()
    return tuple(map(fixed, value)) if type(value) is tuple else value


def value_of(value: Any) -> Any:
    """``value`` as a plain number, or a list of plain ones, which must not decide anything."""
    if isinstance(value, RecordedValue):
        return value.value
    return tuple(map(value_of, value)) if type(value) is tuple else value


def is_recorded(value: Any) -> bool:
    """Whether ``value`` is a recorded number, or a list with one in it."""
    return isinstance(value, RecordedValue) or (type(value) is tuple and any(map(is_recorded, value)))


def is_one(value: Any) -> bool:
    """Whether it is 1, and not recorded: whoever leaves out a multiplication by 1 need not ask what else it may be."""
    return type(value) is int and value == 1


def within(value: Any, low: int, high: int) -> bool:
    """Whether ``value`` is from ``low`` to ``high``."""
    return bool(low <= value) and bool(value <= high)


def maximum(a: Number, b: Number) -> Number:
    """The larger, the first where they are equal, for it may be 1 or 1.0; of recorded numbers whichever it is."""
    found: Number = _either(max, "at_least", a, b)
    return found


def minimum(a: Number, b: Number) -> Number:
    """The smaller, the first where they are equal; of recorded numbers whichever it is."""
    found: Number = _either(min, "at_most", a, b)
    return found


def _either(plainly: Callable[..., Any], recorded: str, first: Any, second: Any) -> Any:
    if isinstance(first, RecordedValue):
        return getattr(first, recorded)(second)
    if isinstance(second, RecordedValue):
        return getattr(second, recorded)(first, is_second=True)
    return plainly(first, second)


def common_divisor(a: Any, b: Any) -> Any:
    """The greatest common divisor of two integers; of recorded numbers whatever they are."""
    if isinstance(a, RecordedValue):
        return a.common_divisor(b)
    return b.common_divisor(a) if isinstance(b, RecordedValue) else gcd(a, b)


def condensed(value: Any) -> Any:
    """``value``; one that is recorded is not taken apart from here on."""
    return value.condensed() if isinstance(value, RecordedValue) else value


def largest(values: Sequence[int]) -> int:
    """The largest of ``values``, of which there are some."""
    found: int = max(values) if set(map(type, values)) == {int} else reduce(maximum, values)
    return found


def logarithm(value: Any) -> Any:
    """log2 of ``value``, in doubles."""
    return value.log2() if isinstance(value, RecordedValue) else log2(value)
