"""Python's comparison and division operators, defined by a single method each."""

from typing import Any, Literal

from calc.recorded import RecordedValue
from calc.tape.answers import negated

Comparison = Literal["lt", "le", "gt", "ge", "eq"]


class Comparable(RecordedValue):
    """A number whose comparisons are defined by the method ``compared``."""

    __slots__ = ()

    def compared(self, other: Any, rule: Comparison) -> Any:
        """Return the result of comparing this number with ``other`` by ``rule``, or NotImplemented."""
        raise NotImplementedError

    def __lt__(self, other: Any) -> Any:
        return self.compared(other, "lt")

    def __le__(self, other: Any) -> Any:
        return self.compared(other, "le")

    def __gt__(self, other: Any) -> Any:
        return self.compared(other, "gt")

    def __ge__(self, other: Any) -> Any:
        return self.compared(other, "ge")

    def __eq__(self, other: object) -> Any:
        return self.compared(other, "eq")

    def __ne__(self, other: object) -> Any:
        found = self.compared(other, "eq")
        return found if found is NotImplemented else negated(found)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __format__(self, spec: str) -> str:
        return format(self.fixed(), spec)

    def __repr__(self) -> str:
        return repr(self.fixed())

    __str__ = __repr__

    def fixed(self) -> Any:
        if not self == self.value:
            raise AssertionError("a number equals its value at the point")
        return self.value


class Divisible(RecordedValue):
    """A number whose divisions are defined by the method ``divided``."""

    __slots__ = ()

    def divided(self, top: Any, bottom: Any) -> tuple[Any, Any]:
        """Return the quotient rounded down, and the remainder."""
        raise NotImplementedError

    def __floordiv__(self, other: Any) -> Any:
        return self.divided(self, other)[0]

    def __rfloordiv__(self, other: Any) -> Any:
        return self.divided(other, self)[0]

    def __mod__(self, other: Any) -> Any:
        return self.divided(self, other)[1]

    def __rmod__(self, other: Any) -> Any:
        return self.divided(other, self)[1]

    def __divmod__(self, other: Any) -> Any:
        return self.divided(self, other)

    def __rdivmod__(self, other: Any) -> Any:
        return self.divided(other, self)
