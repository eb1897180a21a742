"""A number as somebody printed it, and the numbers that it can stand for."""

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import NamedTuple

from calc.amounts import BINARY_UNITS, UNITS, read_amount

EXACT, ROUNDED, FLOORED = "exact", "rounded", "cut off"
HOW_COST = {EXACT: 0, ROUNDED: 0, FLOORED: 1}
_BILLION = 10**9


class Printed(NamedTuple):
    """``text`` stands for ``value``, to half of ``step``. ``unit`` is how many its last letter means.

    ``is_bytes`` where it ends in B: a size. Its M may then be a million or, ``other_unit``, 2²⁰; its Mi as well.
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

    def numbers(self, value: int | float) -> Iterator[tuple[int, int]]:
        """How many steps somebody may print for ``value``, each with what that assumes: rounded or cut off, in either
        unit."""
        numerator, denominator = value.as_integer_ratio()
        for unit, unit_cost in ((self.unit, 0), (self.other_unit, self.other_unit_cost)):
            if unit_cost and unit == self.unit:
                return
            step, parts = self.step.numerator * unit, self.step.denominator * self.unit
            is_coarse = step > parts
            whole, left = divmod(numerator * parts, denominator * step)
            if is_coarse or denominator > 1:
                yield whole + (2 * left >= denominator * step), unit_cost
                if is_coarse:
                    yield whole, unit_cost + HOW_COST[FLOORED]
            elif not left:
                yield whole, unit_cost

    def rounds_twice(self, value: int | float | Fraction) -> bool:
        """Whether ``value`` gives this number where it is first rounded to one digit more: 149,497,088 and 150M."""
        finer = self.step / 10
        once = floor(Fraction(value) / finer + Fraction(1, 2)) * finer
        return self.step > 1 and floor(once / self.step + Fraction(1, 2)) * self.step == self.value

    def in_other_unit(self) -> "Printed":
        """The same digits with what ``other_unit`` stands for: MB of 2^20 bytes, MiB of 10^6."""
        times = Fraction(self.other_unit, self.unit)
        return self._replace(value=self.value * times, step=self.step * times, unit=self.other_unit)

    @property
    def other_unit_cost(self) -> int:
        """MB of 2^20 bytes is common; who writes MiB rarely means 10^6."""
        return 1 if self.other_unit in BINARY_UNITS.values() else 2

    @property
    def other_unit_in_words(self) -> str:
        """``MB being 2^20 bytes``; ``MiB being 10^6 bytes``."""
        is_binary = self.other_unit in BINARY_UNITS.values()
        letters = {unit: letter.upper() for letter, unit in (BINARY_UNITS if is_binary else UNITS).items()}
        letter = letters[self.other_unit]
        if is_binary:
            return f"{letter}B being 2^{self.other_unit.bit_length() - 1} bytes"
        return f"{letter}iB being 10^{len(str(self.other_unit)) - 1} bytes"

    def as_bytes(self) -> "Printed":
        """The same digits with their B being bytes."""
        value, step = self.value / self.unit, self.step / self.unit
        return Printed(self.text, value, step, unit=1, other_unit=1, is_bytes=True)

    @property
    def has_no_unit(self) -> bool:
        """Whether it is an integer written without any letter, which may be bytes as well."""
        return self.unit == self.step == 1 and not self.is_bytes

    @property
    def digits(self) -> int:
        """Significant digits as printed."""
        return len(str(int(self.value / self.step)))

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """The least and the largest value that rounds to it."""
        half = self.step / 2 if self.step > 1 else Fraction(0)
        return self.value - half, self.value + half


def read_printed(text: str) -> Printed:
    """The number in ``text``: ``314.19M``, ``314,193,216``, ``8.38e+07``, ``11.1 MB``, ``44.6MiB``, ``0.3B``.

    Raises OpError for anything else.
    """
    found = read_amount(text)
    text = text.strip()
    if found.bytes == "b" and not found.letter:  # 0.3B is 0.3 billion, 14,019,488B may be bytes as well
        value, step = found.value * _BILLION, found.step * _BILLION
        return Printed(text, value, step, _BILLION, _BILLION, is_bytes=False, may_be_bytes=found.is_whole)
    is_bytes = bool(found.bytes)
    other = found.unit
    if is_bytes and found.letter:
        other = UNITS[found.letter] if found.is_binary else BINARY_UNITS[found.letter]
    return Printed(text, found.value, found.step, found.unit, other, is_bytes)
