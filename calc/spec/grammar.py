"""The base of every part of the grammar: it reads values and names, and collects problems until all are found."""

from collections.abc import Callable
from typing import TypeVar

from calc.errors import Nearest, Problem, SpecError
from calc.spec.keys import unknown_keys
from calc.spec.tree import Mapping, Scalar, Value
from calc.spec.values import Compiled, Name, compile_name, compile_value

T = TypeVar("T")


class Grammar:
    """Reads the values of a spec and collects everything that is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def report(self, node: Value, fact: str, hint: str | Nearest = "") -> None:
        self.problems.append(Problem(node.place, fact, hint))

    def attempt(self, parse: Callable[[], T]) -> T | None:
        """Return the result of ``parse``, or None after adding its problems to the list."""
        try:
            return parse()
        except SpecError as error:
            self.problems.extend(error.problems)
            return None

    def value(self, node: Value) -> Compiled | None:
        """Return the compiled value, or None if it is wrong."""
        return self.attempt(lambda: compile_value(node))

    def name(self, node: Scalar, many: bool = False) -> Name | None:
        """Return a compiled name with its holes, or None if it is wrong. ``many`` allows {*}."""
        return self.attempt(lambda: compile_name(node, many))

    def known_keys(self, node: Mapping, known: tuple[str, ...], where: str = "") -> None:
        """Report the keys of ``node`` that are not in ``known``."""
        self.problems += unknown_keys(node, known, where)
