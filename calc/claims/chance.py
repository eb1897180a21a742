"""The probability that a printed number is matched by chance.

If a number has few digits, a reading with many assumptions is not a convincing explanation.
"""

from fractions import Fraction

from calc.claims.printed import Printed

MOST_BY_CHANCE = Fraction(1, 20)
"""The largest share of made-up numbers, with as many digits, that readings may match and still be answers."""
FARTHEST = 5
"""The largest cost of a reading that is tried."""
REACH = 2
"""The printed number is compared with numbers that are smaller or larger by at most this factor."""


class Chances:
    """The share of numbers that some reading gives, among numbers with as many digits and of similar size.

    Readings are added with their costs. The share for a cost is the probability that these readings match a made-up
    number.
    """

    def __init__(self, printed: Printed) -> None:
        self._printed = printed
        number = int(printed.value / printed.step)
        self._low, self._high = -(-number // REACH), number * REACH
        steps = (printed.step, printed.in_other_unit().step)
        self._least, self._largest = float(self._low * min(steps)), float((self._high + 1) * max(steps))
        self._costs: dict[int, int] = {}

    def add(self, value: int | float, cost: int) -> bool:
        """Add a reading of ``value`` with this ``cost``. Returns True if it is within the sizes that are compared."""
        if not self._least <= value <= self._largest:
            return False
        for number, extra in self._printed.numbers(value):
            if self._low <= number <= self._high and self._costs.get(number, cost + extra + 1) > cost + extra:
                self._costs[number] = cost + extra
        return True

    def up_to(self, cost: int) -> Fraction:
        """Return the share of numbers that readings of at most ``cost`` give."""
        given = sum([known <= cost for known in self._costs.values()])
        return Fraction(given, self._high - self._low + 1)

    def farthest(self, most: Fraction) -> int:
        """Return the largest cost for which the share of the readings up to it is at most ``most``; otherwise 0."""
        farthest = 0
        for cost in range(FARTHEST + 1):
            if self.up_to(cost) > most:
                break
            farthest = cost
        return farthest
