"""Relates the values of one number in several chains to the values of another."""

from collections.abc import Iterator, Sequence
from typing import Any, Final


class _Missing:
    """Takes the place of the value in a chain that has no such layer."""


MISSING: Final = _Missing()


def known(values: Sequence[Any]) -> list[Any]:
    """Return ``values`` without those that are MISSING."""
    return [value for value in values if value is not MISSING]


def is_constant(values: Sequence[Any]) -> bool:
    """True if all values that are not MISSING are equal."""
    there = known(values)
    return all(_same(value, there[0]) for value in there)


def matches(values: Sequence[Any], others: Sequence[Any]) -> bool:
    """True if all ``values`` that are not MISSING equal ``others``."""
    return len(values) == len(others) and all(
        value is MISSING or _same(value, other) for value, other in zip(values, others, strict=True)
    )


def halved(values: Sequence[Any], others: Sequence[Any]) -> bool:
    """True if ``values`` are ``others // 2``."""
    pairs = _pairs(values, others)
    return bool(pairs) and all(value == other // 2 for value, other in pairs)


def times(values: Sequence[Any], others: Sequence[Any]) -> int:
    """Return the integer factor from ``others`` to ``values``; 0 if they have no common one, or if it is 1."""
    factors = set(known(ratio(values, others)))
    return factors.pop() if len(factors) == 1 and factors != {1} else 0


def ratio(values: Sequence[Any], others: Sequence[Any]) -> tuple[Any, ...]:
    """Return the integer factor from each of ``others`` to its value; empty if one of them has none."""
    pairs = _pairs(values, others)
    if not pairs or not all(other > 0 and value > 0 and value % other == 0 for value, other in pairs):
        return ()
    return tuple([value if value is MISSING else value // other for value, other in zip(values, others, strict=True)])


def conditions(
    entering: Sequence[Any], named: Sequence[tuple[str, Sequence[Any]]]
) -> Iterator[tuple[str, tuple[bool, ...]]]:
    """Yield conditions that a person would write on params and input channels, with their value in each chain."""
    for name, values in named:
        if all(type(value) is bool for value in values):
            yield name, tuple(values)
            yield f"not {name}", tuple([not value for value in values])
    numbers = [(name, values) for name, values in named if all(type(value) is int for value in values)]
    for name, values in numbers:
        if 0 in values:
            yield f"{name} > 0", tuple([value > 0 for value in values])
    strides = [(name, values) for name, values in numbers if name.endswith("stride")]
    for name, values in strides:
        yield from _both(name, values, "1", [1] * len(values))
    if None in entering:
        return
    for name, values in numbers:
        if not name.endswith(("stride", "kernel", "groups")):
            yield from _both("in", entering, name, values)
    for stride, strided in strides:
        for name, values in numbers:
            if name == "out":
                plain = [each == 1 and one == other for each, one, other in zip(strided, entering, values, strict=True)]
                yield f"{stride} == 1 and in == {name}", tuple(plain)
                yield f"{stride} != 1 or in != {name}", tuple([not each for each in plain])
    for name, values in numbers:
        if name == "expand":
            yield from _both(name, values, "1", [1] * len(values))


def _both(one: str, values: Sequence[Any], other: str, others: Sequence[Any]) -> Iterator[tuple[str, tuple[bool, ...]]]:
    equal = tuple([value == another for value, another in zip(values, others, strict=True)])
    yield f"{one} == {other}", equal
    yield f"{one} != {other}", tuple([not each for each in equal])


def _pairs(values: Sequence[Any], others: Sequence[Any]) -> list[tuple[int, int]]:
    """Return the pairs of values that are not MISSING; empty if one of them is not an integer."""
    if len(values) != len(others):
        return []
    pairs = [pair for pair in zip(values, others, strict=True) if pair[0] is not MISSING]
    return pairs if all(type(each) is int for pair in pairs for each in pair) else []


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
