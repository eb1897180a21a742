"""A number as somebody printed it, and the numbers that it can stand for."""

import re
from fractions import Fraction
from math import floor
from typing import NamedTuple

from calc.errors import OpError

EXACT, ROUNDED, FLOORED = "exact", "rounded", "cut off"
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
_BINARY = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_NUMBER = re.compile(
    r"(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,18})(?P<decimals>\.[0-9]{0,18})?(?:e(?P<power>[+-]?[0-9]{1,2}))?"
    r"\s*(?:(?P<unit>[kmgt])(?P<binary>i?)|)(?P<bytes>b?)(?P<ytes>(?<=b)ytes)?",
    re.IGNORECASE,
)


class Printed(NamedTuple):
    """``text`` stands for ``value``, to half of ``step``. ``unit`` is how many its last letter means.

    ``is_bytes`` where it ends in B: a size. Its M may then be a million or, ``other_unit``, 2²⁰.
    ``may_be_bytes`` where its B is read as a billion and may as well be bytes: after an integer.
    """

    text: str
    value: Fraction
    step: Fraction
    unit: int
    other_unit: int
    is_bytes: bool
    may_be_bytes: bool = False

    def how(self, value: int | float | Fraction) -> str:
        """How ``value`` gives this number: ``exact``, ``rounded``, ``cut off``, or an empty text."""
        exact = Fraction(value)
        if exact == self.value:
            return EXACT
        if exact < 0 or (self.step <= 1 and exact.denominator == 1):
            return ""  # only what is no integer is printed rounded to one
        if abs(exact - self.value) * 2 <= self.step:
            return ROUNDED
        return FLOORED if self.step > 1 and self.value <= exact < self.value + self.step else ""

    def rounds_twice(self, value: int | float | Fraction) -> bool:
        """Whether ``value`` gives this number where it is first rounded to one digit more: 149,497,088 and 150M."""
        finer = self.step / 10
        once = floor(Fraction(value) / finer + Fraction(1, 2)) * finer
        return self.step > 1 and floor(once / self.step + Fraction(1, 2)) * self.step == self.value

    def in_binary(self) -> "Printed":
        """The same digits with the powers of 1024 that ``other_unit`` stands for."""
        times = Fraction(self.other_unit, self.unit)
        return self._replace(value=self.value * times, step=self.step * times, unit=self.other_unit)

    def as_bytes(self) -> "Printed":
        """The same digits with their B being bytes."""
        value, step = self.value / self.unit, self.step / self.unit
        return Printed(self.text, value, step, unit=1, other_unit=1, is_bytes=True)

    @property
    def digits(self) -> int:
        """Significant digits as printed."""
        return len(str(int(self.value / self.step)))

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """The least and the largest value that rounds to it."""
        half = self.step / 2 if self.step > 1 else Fraction(0)
        return self.value - half, self.value + half


def read(text: str) -> Printed:
    """The number in ``text``: ``314.19M``, ``314,193,216``, ``8.38e+07``, ``11.1 MB``, ``44.6MiB``.

    Raises OpError for anything else.
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise OpError(f"{text[:40]!r} is no number as papers print them", "such as 314.19M, 314,193,216 or 11.1MB")
    letter, is_bytes = (found["unit"] or "").lower(), bool(found["bytes"])
    may_be_bytes = False
    if is_bytes and not letter and not found["ytes"]:
        letter, is_bytes = "b", False  # 0.3B is 0.3 billion, 14,019,488 bytes are bytes, 14,019,488B may be either
        may_be_bytes = found["decimals"] is None and found["power"] is None
    unit = _BINARY[letter] if found["binary"] else _UNITS[letter]
    decimals = (found["decimals"] or ".")[1:]
    scale = unit * Fraction(10) ** int(found["power"] or 0)
    digits = Fraction(found["digits"].replace(",", "") + (f".{decimals}" if decimals else ""))
    step = scale / 10 ** len(decimals)
    other = _BINARY[letter] if is_bytes and letter and not found["binary"] else unit
    return Printed(text.strip(), digits * scale, step, unit, other, is_bytes, may_be_bytes)
