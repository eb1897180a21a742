"""Amounts as people write them: 310M, 1.5Mi, 4096. Exact, no float on the way."""

import re
from collections.abc import Collection
from fractions import Fraction

from calc.errors import OpError, nearest
from calc.gate.snapshot import AT_BITS, PLAIN

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
_ELEMENTWISE = "elementwise."


def amount(text: str) -> Fraction:
    """The number that ``text`` stands for; a B behind the unit (KiB, MB) may say that it is bytes. Raises OpError."""
    found = _AMOUNT.fullmatch(text.replace(" ", ""))
    unit = found[2].removesuffix("B") if found else ""
    if found is None or unit not in UNITS:
        raise OpError(f"{text[:40]!r} is no amount", "a number with K M G T (1000) or Ki Mi Gi Ti (1024), such as 310M")
    return Fraction(found[1]) * UNITS[unit]


def known_quantity(name: str, groups: Collection[str] = ()) -> str:
    """``name`` if a snapshot has it, without a policy: ``macs``, ``bitops.weight``, ``elementwise.relu``.

    Or if it is one of ``groups``. Raises OpError naming the nearest.
    """
    if name in (*PLAIN, *AT_BITS, *groups) or (name.startswith(_ELEMENTWISE) and name != _ELEMENTWISE):
        return name
    raise OpError(f"unknown quantity {name[:60]!r}", nearest(name, [*PLAIN, *AT_BITS, "elementwise.KIND", *groups]))
