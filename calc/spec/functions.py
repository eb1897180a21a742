"""Defines the functions that expressions may call, and checks their arguments."""

import math
from collections.abc import Callable
from functools import partial, reduce
from typing import Any

from calc.errors import OpError
from calc.recorded import RecordedValue, condensed, fixed, maximum, minimum, within

MAX_LIST = 10_000
MAX_LISTED = 100_000
"""The most values in a list, including those of nested lists."""
MAX_INTEGER = 2**63
_LARGEST_TEXT = 60


class Word(str):
    """The name of an op or a block, as the value of a variable."""

    __slots__ = ()


def check_value(value: Any, text: str) -> Any:
    """Return ``value`` if a spec may hold it. Raises OpError for a number out of range; ``text`` is its expression."""
    if type(value) is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise OpError(f"{text[:_LARGEST_TEXT]!r} is larger than 2**63")
    elif type(value) is float:
        if not math.isfinite(value):
            raise OpError(f"{text[:_LARGEST_TEXT]!r} is not a finite number")
    elif isinstance(value, RecordedValue) and not within(value, -MAX_INTEGER, MAX_INTEGER):
        return check_value(fixed(value), text)
    return value


def describe(value: Any) -> str:
    """Return ``value`` as text for a message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"a list of {len(value)}"
    if isinstance(value, Word):
        return f"the word {value}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def number(value: Any, what: str) -> Any:
    """Return ``value``. Raises OpError if it is not a number."""
    if type(value) is not int and type(value) is not float and not isinstance(value, RecordedValue):
        raise OpError(f"{what} needs numbers, got {describe(value)}")
    return value


def boolean(value: Any, what: str) -> bool:
    """Return ``value``. Raises OpError if it is neither true nor false."""
    if type(value) is not bool:
        raise OpError(f"{what} needs true or false, got {describe(value)}")
    return value


def sequence(value: Any, what: str) -> tuple[Any, ...]:
    """Return ``value``. Raises OpError if it is not a list."""
    if type(value) is not tuple:
        raise OpError(f"{what} needs a list, got {describe(value)}")
    return value


def size(values: tuple[Any, ...]) -> int:
    """Return the number of values in a list and its nested lists. Raises OpError if it is over MAX_LISTED.

    Every list that is made is checked here, so the walk never goes much further than this limit.
    """
    found = len(values)
    for value in values:
        if type(value) is tuple:
            found += size(value)
        if found > MAX_LISTED:
            raise OpError(f"a list of more than {MAX_LISTED} values, including those in nested lists")
    return found


def power(base: Any, exponent: Any) -> Any:
    """Return ``base`` to the power ``exponent``. Raises OpError for a root of a negative number, OverflowError for a
    large power.

    A power of integers with more digits than a spec may hold is never computed.
    """
    if type(base) is int and type(exponent) is int and abs(base) > 1 and exponent > MAX_INTEGER.bit_length():
        raise OverflowError
    found = base**exponent
    if isinstance(found, complex):
        raise OpError(f"{base} ** {exponent} is a root of a negative number")
    return found


def make_divisible(value: float, divisor: int = 8) -> int:
    """Return the nearest multiple of ``divisor`` that is at least 0.9 × value, which is MobileNetV2's rounding."""
    number(value, "make_divisible")
    divisor = fixed(divisor)
    if type(divisor) is not int or divisor < 1:
        raise OpError(f"make_divisible needs a positive integer divisor, got {describe(divisor)}")
    rounded = maximum(divisor, math.trunc(value + divisor / 2) // divisor * divisor)
    found: int = condensed(rounded + divisor * (rounded < 0.9 * value))
    return found


def _range(*given: int) -> tuple[int, ...]:
    arguments = fixed(given)
    for argument in arguments:
        if type(argument) is not int:
            raise OpError(f"range needs integers, got {describe(argument)}")
    if arguments[2:] == (0,):
        raise OpError("range needs a step other than 0")
    found = range(*arguments)
    length = max(0, (found.stop - found.start + found.step - (1 if found.step > 0 else -1)) // found.step)
    if length > MAX_LIST:  # len() of a long range overflows
        raise OpError(f"a range of {length} values, but at most {MAX_LIST} are allowed")
    return tuple(found)


def _extreme(what: str, function: Callable[[Any, Any], Any], *values: Any) -> Any:
    """Return the smallest or largest of ``values``, or of the values of a single list.

    The first of equal ones wins.
    """
    items = sequence(values[0], what) if len(values) == 1 else values
    if not items:
        raise OpError(f"{what} of an empty list")
    return reduce(function, [number(item, what) for item in items])


FUNCTIONS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "min": (partial(_extreme, "min", minimum), 1, 64),
    "max": (partial(_extreme, "max", maximum), 1, 64),
    "round": (lambda x: round(number(x, "round")), 1, 1),
    "floor": (lambda x: math.floor(number(x, "floor")), 1, 1),
    "ceil": (lambda x: math.ceil(number(x, "ceil")), 1, 1),
    "int": (lambda x: math.trunc(number(x, "int")), 1, 1),
    "len": (lambda x: len(sequence(x, "len")), 1, 1),
    "range": (_range, 1, 3),
    "make_divisible": (make_divisible, 1, 2),
}
"""Each function, with the fewest and the most arguments that it takes."""
