"""A printed number, and the values that it may stand for."""

from collections.abc import Iterator
from fractions import Fraction
from math import floor
from typing import NamedTuple

from calc.amounts import BINARY_UNITS, UNITS, read_amount

EXACT, ROUNDED, FLOORED = "exact", "rounded", "cut off"
HOW_COST = {EXACT: 0, ROUNDED: 0, FLOORED: 1}
_BILLION = 10**9


class Printed(NamedTuple):
    """The number in ``text``: ``value``, accurate to half of ``step``. ``unit`` is the factor of its last letter.

    ``is_bytes`` says that it ends in B and is a size. Its M or Mi may be a million or 2²⁰, and ``other_unit`` is the
    factor of the less usual meaning. ``may_be_bytes`` says that B after an integer is read as a billion, but may also
    mean bytes.
    """

    text: str
    value: Fraction
    step: Fraction
    unit: int
    other_unit: int
    is_bytes: bool
    may_be_bytes: bool = False

    def how(self, value: int | float | Fraction) -> str:
        """Return how ``value`` gives this number: ``exact``, ``rounded`` or ``cut off``. It is empty if it does not."""
        exact = Fraction(value)
        if exact == self.value:
            return EXACT
        if exact < 0 or (self.step <= 1 and exact.denominator == 1):
            return ""  # an integer is not printed as another integer
        if abs(exact - self.value) * 2 <= self.step:
            return ROUNDED
        return FLOORED if self.step > 1 and self.value <= exact < self.value + self.step else ""

    def numbers(self, value: int | float) -> Iterator[tuple[int, int]]:
        """Yield the printed forms of ``value`` as multiples of the step, each with the cost of its assumption.

        The forms are rounded or cut off, in either unit.
        """
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
        """Return True if ``value`` gives this number after rounding to one more digit first: 149,497,088 and 150M."""
        finer = self.step / 10
        once = floor(Fraction(value) / finer + Fraction(1, 2)) * finer
        return self.step > 1 and floor(once / self.step + Fraction(1, 2)) * self.step == self.value

    def in_other_unit(self) -> "Printed":
        """Return the same digits in the other unit: MB as 2^20 bytes, or MiB as 10^6."""
        times = Fraction(self.other_unit, self.unit)
        return self._replace(value=self.value * times, step=self.step * times, unit=self.other_unit)

    @property
    def other_unit_cost(self) -> int:
        """The cost of the other unit. MB for 2^20 bytes is common, MiB for 10^6 is rare."""
        return 1 if self.other_unit in BINARY_UNITS.values() else 2

    @property
    def other_unit_in_words(self) -> str:
        """The assumption in words: ``MB being 2^20 bytes`` or ``MiB being 10^6 bytes``."""
        is_binary = self.other_unit in BINARY_UNITS.values()
        letters = {unit: letter.upper() for letter, unit in (BINARY_UNITS if is_binary else UNITS).items()}
        letter = letters[self.other_unit]
        if is_binary:
            return f"{letter}B being 2^{self.other_unit.bit_length() - 1} bytes"
        return f"{letter}iB being 10^{len(str(self.other_unit)) - 1} bytes"

    def as_bytes(self) -> "Printed":
        """Return the same digits with B as bytes."""
        value, step = self.value / self.unit, self.step / self.unit
        return Printed(self.text, value, step, unit=1, other_unit=1, is_bytes=True)

    @property
    def has_no_unit(self) -> bool:
        """True if it is an integer without a letter, which may also be a number of bytes."""
        return self.unit == self.step == 1 and not self.is_bytes

    @property
    def digits(self) -> int:
        """The number of significant digits."""
        return len(str(int(self.value / self.step)))

    @property
    def span(self) -> tuple[Fraction, Fraction]:
        """The smallest and the largest value that rounds to it."""
        half = self.step / 2 if self.step > 1 else Fraction(0)
        return self.value - half, self.value + half


def read_printed(text: str) -> Printed:
    """Read a number: ``314.19M``, ``314,193,216``, ``8.38e+07``, ``11.1 MB``, ``44.6MiB``, ``0.3B``.

    Raises OpError for any other text.
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
