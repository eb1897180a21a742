"""Amounts as people write them: 310M, 1.5Mi, 4096. Exact, no float on the way."""

import re
from fractions import Fraction

from calc.errors import OpError

UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}
_AMOUNT = re.compile(r"([0-9]{1,24}(?:\.[0-9]{1,12})?)([A-Za-z]*)")


def amount(text: str) -> Fraction:
    """The number that ``text`` stands for; a B behind the unit (KiB, MB) may say that it is bytes. Raises OpError."""
    found = _AMOUNT.fullmatch(text.replace(" ", ""))
    unit = found[2].removesuffix("B") if found else ""
    if found is None or unit not in UNITS:
        raise OpError(f"{text[:40]!r} is no amount", "a number with K M G T (1000) or Ki Mi Gi Ti (1024), such as 310M")
    return Fraction(found[1]) * UNITS[unit]
