"""Checks options that take one of several words."""

from collections.abc import Collection

from calc.errors import OpError, choice_of, nearest


def one_of(option: str, value: str, known: Collection[str]) -> str:
    """Return ``value`` if it is one of ``known``. Raises OpError with the nearest word."""
    if value not in known:
        raise OpError(f"{option} {value!r}: must be {choice_of(known)}", nearest(value, known, listed=()))
    return value
