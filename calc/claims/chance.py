"""How likely a printed number is met by chance: why a far-fetched reading of few digits is no answer."""

from fractions import Fraction

from calc.claims.printed import Printed

MOST_BY_CHANCE = Fraction(1, 20)
"""Of made-up numbers as long as the printed one, the share that readings may give and still be answers."""
FARTHEST = 5
"""The most that a reading may assume to be tried at all."""
REACH = 2
"""How many times smaller and larger the numbers are that the printed one is compared with."""


class Chances:
    """Of the numbers as long as the printed one, from half of it to twice as much: how many some reading gives.

    Readings are added with their costs. A number that somebody made up is met by chance by the readings up to a
    cost as often as those give one of all these numbers.
    """

    def __init__(self, printed: Printed) -> None:
        self._printed = printed
        number = int(printed.value / printed.step)
        self._low, self._high = -(-number // REACH), number * REACH
        steps = (printed.step, printed.in_other_unit().step)
        self._least, self._largest = float(self._low * min(steps)), float((self._high + 1) * max(steps))
        self._costs: dict[int, int] = {}

    def add(self, value: int | float, cost: int) -> bool:
        """Add a reading of ``value`` that assumes as much as ``cost``; whether it is among the sizes compared."""
        if not self._least <= value <= self._largest:
            return False
        for number, extra in self._printed.numbers(value):
            if self._low <= number <= self._high and self._costs.get(number, cost + extra + 1) > cost + extra:
                self._costs[number] = cost + extra
        return True

    def up_to(self, cost: int) -> Fraction:
        """The share that readings of at most ``cost`` give."""
        given = sum([known <= cost for known in self._costs.values()])
        return Fraction(given, self._high - self._low + 1)

    def farthest(self, most: Fraction) -> int:
        """The largest cost up to which readings give at most the share ``most``; else 0."""
        farthest = 0
        for cost in range(FARTHEST + 1):
            if self.up_to(cost) > most:
                break
            farthest = cost
        return farthest
