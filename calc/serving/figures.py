"""Reads exact figures above 0 from a YAML file of the user, and reports each mistake at its line."""

from collections.abc import Callable, Collection
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from calc.amounts import amount
from calc.errors import Nearest, OpError, Problem, SpecError
from calc.reading import read_bytes
from calc.spec import source
from calc.spec.keys import kind_of_value, text_of, unknown_keys
from calc.spec.tree import Mapping, Scalar, Value

Read = TypeVar("Read")


class Figures:
    """A mapping in a file. Mistakes are collected, and ``checked`` raises all of them at once.

    ``needs`` says what such a file contains. It is the message for a file that is not a mapping.
    """

    def __init__(self, node: Value, known: Collection[str], needs: str, problems: list[Problem] | None = None) -> None:
        self.problems = [] if problems is None else problems
        self._node = node
        self._entries = node.entries if isinstance(node, Mapping) else {}
        if isinstance(node, Mapping):
            self.problems += unknown_keys(node, known)
        else:
            self.problems.append(Problem(node.place, needs))

    @classmethod
    def of_file(cls, path: str | Path, known: Collection[str], needs: str) -> "Figures":
        """Return the mapping in the file at ``path``. Raises SpecError if the file is not YAML."""
        return cls(source.parse(read_bytes(path), str(path), needs), known, needs)

    def text(self, key: str, default: str = "") -> str:
        """Return the text under ``key``, or ``default`` if the key is missing."""
        node = self._entries.get(key)
        return default if node is None else self._read(node, lambda value: text_of(value, key), default)

    def figure(self, key: str) -> Fraction:
        """Return the figure under ``key``, which is required."""
        node = self._entries.get(key)
        if node is None:
            self.problems.append(Problem(self._node.place, f"needs {key}: a number above 0"))
            return Fraction(1)
        return self._figure(node, key)

    def figures(self, key: str) -> dict[Scalar, Fraction]:
        """Return the figures under ``key`` by their names, which have their places. At least one is required."""
        node = self._entries.get(key)
        if isinstance(node, Mapping) and node.entries:
            return {node.keys()[name]: self._figure(value, name) for name, value in node.entries.items()}
        self.fault(node, f"needs {key}: a mapping of names to numbers above 0")
        return {}

    def mappings(self, key: str, known: Collection[str], needs: str) -> dict[str, "Figures"]:
        """Return the mappings under ``key`` by their names."""
        node = self._entries.get(key)
        if node is None:
            return {}
        if not isinstance(node, Mapping):
            self.problems.append(Problem(node.place, f"{key} is a mapping, this is {kind_of_value(node)}"))
            return {}
        return {name: Figures(value, known, needs, self.problems) for name, value in node.entries.items()}

    def value(self, key: str) -> Value | None:
        """Return the value under ``key``, of any type."""
        return self._entries.get(key)

    def fault(self, node: Value | None, fact: str, hint: str | Nearest = "") -> None:
        """Record the mistake ``fact`` at ``node``, or at the whole mapping if ``node`` is None."""
        self.problems.append(Problem((self._node if node is None else node).place, fact, hint))

    def checked(self, made: Callable[[], Read]) -> Read:
        """Return the result of ``made``. Raises SpecError with all recorded mistakes if there are any."""
        if self.problems:
            raise SpecError(sorted(self.problems, key=lambda problem: str(problem.in_file)))
        return made()

    def _figure(self, node: Value, key: str) -> Fraction:
        return self._read(node, lambda value: _above_zero(text_of(value, key), key), Fraction(1))

    def _read(self, node: Value, read: Callable[[Value], Read], default: Read) -> Read:
        try:
            return read(node)
        except OpError as error:
            self.problems.append(Problem(node.place, error.fact, error.hint))
            return default


def _above_zero(text: str, key: str) -> Fraction:
    try:
        found = amount(text)
    except OpError as error:
        raise OpError(f"{key}: {error.fact}", error.hint) from None
    if not found:
        raise OpError(f"{key}={text[:40]}: must be above 0")
    return found
