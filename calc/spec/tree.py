"""The values in a YAML file, each with the place where it is written."""

from typing import Any, NamedTuple

from calc.errors import Place
from calc.frozen import FrozenDict


class Scalar(NamedTuple):
    """One scalar: ``data`` is None, bool, int, float or str, ``text`` is as written. Lines and columns count from 0."""

    file: str
    line: int
    column: int
    data: Any
    text: str
    quoted: bool

    @property
    def place(self) -> Place:
        """The place where it is written. Lines and columns count from 1, as in editors."""
        return Place(self.file, self.line + 1, self.column + 1)

    @property
    def empty(self) -> bool:
        """True if nothing is written, or ~, which means nothing. The word null is a value."""
        return not self.quoted and self.text in ("", "~")


class Sequence(NamedTuple):
    """A YAML sequence and the place where it begins. ``flow`` is true if it is written in brackets."""

    file: str
    line: int
    column: int
    items: "tuple[Value, ...]"
    flow: bool

    @property
    def place(self) -> Place:
        """The place where it begins. Lines and columns count from 1, as in editors."""
        return Place(self.file, self.line + 1, self.column + 1)


class Mapping(NamedTuple):
    """A YAML mapping, in which no key occurs twice.

    ``marks`` has three entries for each key: its line, its column, and whether it is quoted. They share one tuple
    because files have many keys. ``flow`` is true if the mapping is written in braces. ``written``, for a whole file,
    is the number of values in it.
    """

    file: str
    line: int
    column: int
    entries: "FrozenDict[str, Value]"
    marks: tuple[int, ...]
    flow: bool
    written: int = 0

    @property
    def place(self) -> Place:
        """The place where it begins. Lines and columns count from 1, as in editors."""
        return Place(self.file, self.line + 1, self.column + 1)

    def key(self, name: str) -> Scalar:
        """Return one key as a scalar with its place."""
        at = 3 * list(self.entries).index(name)
        line, column, quoted = self.marks[at : at + 3]
        return Scalar(self.file, line, column, name, name, bool(quoted))

    def without(self, name: str) -> "Mapping":
        """Return the mapping without one of its entries."""
        at = 3 * list(self.entries).index(name)
        entries = {key: value for key, value in self.entries.items() if key != name}
        return self._replace(entries=FrozenDict(entries), marks=self.marks[:at] + self.marks[at + 3 :])

    def keys(self) -> dict[str, Scalar]:
        """Return all keys in order as scalars with their places. This is faster than asking for each one."""
        marks = zip(self.entries, self.marks[::3], self.marks[1::3], self.marks[2::3], strict=True)
        return {name: Scalar(self.file, line, column, name, name, bool(quoted)) for name, line, column, quoted in marks}


Value = Scalar | Sequence | Mapping
"""A value in YAML."""


def plain(value: Value) -> Any:
    """Return ``value`` as dicts, lists and scalars, without positions."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.entries.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    return value.data


def same(a: Value, b: Value) -> bool:
    """True if two values have the same content, wherever they are.

    1, 1.0 and true differ, and so does the order of keys.
    """
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return list(a.entries) == list(b.entries) and all(map(same, a.entries.values(), b.entries.values()))
    if isinstance(a, Sequence) and isinstance(b, Sequence):
        return len(a.items) == len(b.items) and all(map(same, a.items, b.items))
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return type(a.data) is type(b.data) and bool(a.data == b.data)
    return False


def said_by(value: Value | None) -> Any:
    """Return a key for the content of ``value``, without its place. It is equal for values that are written alike."""
    if isinstance(value, Scalar):
        return value.text, value.quoted
    if isinstance(value, Mapping):
        return tuple([(key, said_by(item)) for key, item in value.entries.items()])
    return None if value is None else (Sequence, *[said_by(item) for item in value.items])
