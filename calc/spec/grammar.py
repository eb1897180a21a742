"""What every part of the grammar does: read a value or a name, and keep each problem until all are found."""

from collections.abc import Callable
from typing import TypeVar

from calc.errors import Nearest, Problem, SpecError
from calc.spec.keys import unknown_keys
from calc.spec.tree import Mapping, Scalar, Value
from calc.spec.values import Compiled, Name, compile_name, compile_value

T = TypeVar("T")


class Grammar:
    """Reads the values of a spec and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, node: Value, fact: str, hint: str | Nearest = "") -> None:
        self.problems.append(Problem(node.place, fact, hint))

    def attempt(self, parse: Callable[[], T]) -> T | None:
        """The result of ``parse``, or None with its problems kept."""
        try:
            return parse()
        except SpecError as error:
            self.problems.extend(error.problems)
            return None

    def value(self, node: Value) -> Compiled | None:
        """A compiled value, or None if it is wrong."""
        return self.attempt(lambda: compile_value(node))

    def name(self, node: Scalar, many: bool = False) -> Name | None:
        """A name with its holes, with ``many`` also with {*}, or None if it is wrong."""
        return self.attempt(lambda: compile_name(node, many))

    def known_keys(self, node: Mapping, known: tuple[str, ...], where: str = "") -> None:
        """Report the keys of ``node`` that are none of ``known``."""
        self.problems += unknown_keys(node, known, where)
