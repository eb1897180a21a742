"""The truth values that result from comparing recorded numbers."""

from collections.abc import Callable
from typing import Any

from calc.recorded import RecordedValue
from calc.tape.atoms import Kind, Step
from calc.tape.polynomial import Polynomial, symbol
from calc.tape.recording import Recording

ToNumber = Callable[[Recording, Polynomial], Any]
"""A function that turns a polynomial into a recorded number."""


class RecordedTruth(RecordedValue):
    """A recorded truth value.

    Code that branches on it follows the value at the recorded point, which becomes a guard. In sums and products it is
    1 or 0.
    """

    __slots__ = ("opposite", "recording", "test", "to_number")

    def __init__(self, recording: Recording, test: Step, opposite: bool, to_number: ToNumber) -> None:
        self.recording = recording
        self.test = test
        self.opposite = opposite
        self.to_number = to_number

    def __bool__(self) -> bool:
        return self.recording.settled(self.test) != self.opposite

    fixed = __bool__

    def __index__(self) -> int:
        return int(bool(self))

    @property
    def value(self) -> bool:
        return self.recording.answer(self.test) != self.opposite

    def negated(self) -> "RecordedTruth":
        """Return the opposite truth value."""
        return RecordedTruth(self.recording, self.test, not self.opposite, self.to_number)

    def as_integer(self) -> Any:
        """Return the truth value as the number 1 or 0."""
        found = self.to_number(self.recording, symbol(self.recording.step(*self.test, (0, 1))))
        return 1 - found if self.opposite else found

    def __add__(self, other: Any) -> Any:
        return self.as_integer() + other

    def __mul__(self, other: Any) -> Any:
        return self.as_integer() * other

    def __rsub__(self, other: Any) -> Any:
        return other - self.as_integer()

    __radd__, __rmul__ = __add__, __mul__

    def __eq__(self, other: object) -> bool:
        return bool(self) == other

    def __hash__(self) -> int:
        return hash((id(self.recording), self.test, self.opposite))


def truth(recording: Recording, kind: Kind, arguments: tuple[Any, ...], to_number: ToNumber) -> Any:
    """Return the result of a test: a plain bool if it is the same for all values of the variables."""
    found = recording.test(kind, arguments)
    return found if isinstance(found, bool) else RecordedTruth(recording, *found, to_number)


def negated(answer: Any) -> Any:
    """Return the opposite of ``answer``."""
    return answer.negated() if isinstance(answer, RecordedTruth) else not answer
