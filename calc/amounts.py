"""Exact amounts in the form that people write: ``310M``, ``1.5MiB``, ``8.38e+07``. No float is used to read them.

Budgets, ``--max``, ``--allow`` and claims all use this module.
"""

import re
from fractions import Fraction
from typing import NamedTuple

from calc.errors import OpError

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "p": 10**15, "e": 10**18}
BINARY_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50, "e": 2**60}
# only E is a unit: a lower-case e is a power of ten, even if its digits are missing
_WRITTEN = (
    r"(?P<digits>[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{digits})(?P<decimals>\.[0-9]{decimals})?"
    r"(?:e(?P<power>[+-]?[0-9]{power}))?\s*(?:(?P<unit>[kmgtp]|(?-i:E))(?P<binary>i?)|)(?P<bytes>b(?:ytes)?)?"
)
_AMOUNT = re.compile(_WRITTEN.format(digits="{1,24}", decimals="{0,18}", power="{1,2}"), re.IGNORECASE)
_LONG = re.compile(_WRITTEN.format(digits="+", decimals="*", power="+"), re.IGNORECASE)


class Amount(NamedTuple):
    """An amount. ``value`` is its digits × ``unit``, and ``step`` the value of one in the last digit.

    ``letter`` is K, M, G, T, P or E in lower case, or empty. ``is_binary`` says that it is Ki, Mi and so on. ``bytes``
    is the ending that marks bytes: ``b``, ``bytes`` or nothing.
    """

    value: Fraction
    step: Fraction
    unit: int
    letter: str
    is_binary: bool
    bytes: str
    is_whole: bool
    """True if it is written without a point and without a power of ten."""


def read_amount(text: str) -> Amount:
    """Read an amount in upper or lower case. Raises OpError for any other text."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None and _LONG.fullmatch(text.strip()):
        raise OpError(
            f"{text[:40]!r} has too many digits for an amount",
            "at most 24 before the point, 18 after it, and two of a power of ten",
        )
    if found is None:
        raise OpError(
            f"{text[:40]!r} is not an amount",
            "a number with K M G T P E (1000) or Ki Mi Gi … (1024), such as 310M or 1.5MiB",
        )
    letter, is_binary = (found["unit"] or "").lower(), bool(found["binary"])
    unit = BINARY_UNITS[letter] if is_binary else UNITS[letter]
    decimals = (found["decimals"] or ".")[1:]
    scale = unit * Fraction(10) ** int(found["power"] or 0)
    digits = Fraction(found["digits"].replace(",", "") + (f".{decimals}" if decimals else ""))
    is_whole = found["decimals"] is None and found["power"] is None
    step = scale / 10 ** len(decimals)
    return Amount(digits * scale, step, unit, letter, is_binary, (found["bytes"] or "").lower(), is_whole)


def amount(text: str) -> Fraction:
    """Return the number that ``text`` states. Raises OpError, also for ``5B``, which may be bytes or a billion."""
    found = read_amount(text)
    if found.bytes == "b" and not found.letter:
        raise OpError(f"{text[:40]!r} may be bytes or a billion", "write bytes without B, a billion as G")
    return found.value
