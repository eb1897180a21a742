"""Numbers that record what is done with them, so that one run of the engine is right for many values.

``calc.tape`` makes them. If code asks such a number for its value (as an index, a condition, a count of repeats), the
recording becomes valid only for this value, or for this answer. So ordinary code is right for them; the functions here
keep the recording more general.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from math import gcd, log2
from typing import Any, TypeVar

Number = TypeVar("Number")


class RecordedValue:
    """A number, or the answer to a comparison, that records what is done with it."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        """The value for which the code runs while it is recorded."""
        raise NotImplementedError

    def fixed(self) -> Any:
        """Return the value. The recording is then valid for this value only."""
        raise NotImplementedError

    def at_least(self, other: Any, is_second: bool = False) -> Any:
        """Return the larger of this number and ``other``.

        If they are equal, return this one, or ``other`` if it ``is_second``.
        """
        raise NotImplementedError

    def at_most(self, other: Any, is_second: bool = False) -> Any:
        """Return the smaller of this number and ``other``. If they are equal, the choice is that of ``at_least``."""
        raise NotImplementedError

    def common_divisor(self, other: Any) -> Any:
        """Return the greatest common divisor of this number and ``other``."""
        raise NotImplementedError

    def condensed(self) -> Any:
        """Return the value as a single number, which is not expanded where it is multiplied."""
        return self

    def log2(self) -> Any:
        """Return the logarithm to base 2."""
        raise NotImplementedError


class ReadValue(RecordedValue):
    """A value of which only the reading is recorded."""

    __slots__ = ()


def taken(value: Any) -> Any:
    """Return ``value``, an item of a list, and fix it if only its reading is recorded."""
    return value.fixed() if isinstance(value, ReadValue) else value


def fixed(value: Any) -> Any:
    """Return ``value`` as a plain number, or a list of plain numbers. Recorded numbers are fixed."""
    if isinstance(value, RecordedValue):
        return value.fixed()
    return tuple(map(fixed, value)) if type(value) is tuple else value


def value_of(value: Any) -> Any:
    """Return ``value`` as a plain number, or a list of plain numbers, without fixing it.

    No decision may depend on it.
    """
    if isinstance(value, RecordedValue):
        return value.value
    return tuple(map(value_of, value)) if type(value) is tuple else value


def is_recorded(value: Any) -> bool:
    """Return True if ``value`` is a recorded number, or a list that contains one."""
    return isinstance(value, RecordedValue) or (type(value) is tuple and any(map(is_recorded, value)))


def is_one(value: Any) -> bool:
    """Return True if ``value`` is 1 and not recorded, so that a multiplication by it may be left out for good."""
    return type(value) is int and value == 1


def within(value: Any, low: int, high: int) -> bool:
    """Return True if ``value`` is from ``low`` to ``high``."""
    return bool(low <= value) and bool(value <= high)


def maximum(a: Number, b: Number) -> Number:
    """Return the larger number, or the first if they are equal (1 and 1.0 differ). Recorded numbers stay general."""
    found: Number = _either(max, "at_least", a, b)
    return found


def minimum(a: Number, b: Number) -> Number:
    """Return the smaller number, or the first if they are equal. Recorded numbers stay general."""
    found: Number = _either(min, "at_most", a, b)
    return found


def _either(plainly: Callable[..., Any], recorded: str, first: Any, second: Any) -> Any:
    if isinstance(first, RecordedValue):
        return getattr(first, recorded)(second)
    if isinstance(second, RecordedValue):
        return getattr(second, recorded)(first, is_second=True)
    return plainly(first, second)


def common_divisor(a: Any, b: Any) -> Any:
    """Return the greatest common divisor of two integers. Recorded numbers stay general."""
    if isinstance(a, RecordedValue):
        return a.common_divisor(b)
    return b.common_divisor(a) if isinstance(b, RecordedValue) else gcd(a, b)


def condensed(value: Any) -> Any:
    """Return ``value``; a recorded number is not expanded where it is multiplied."""
    return value.condensed() if isinstance(value, RecordedValue) else value


def largest(values: Sequence[int]) -> int:
    """Return the largest of ``values``, which may not be empty."""
    found: int = max(values) if set(map(type, values)) == {int} else reduce(maximum, values)
    return found


def logarithm(value: Any) -> Any:
    """Return log2 of ``value`` as a double."""
    return value.log2() if isinstance(value, RecordedValue) else log2(value)
