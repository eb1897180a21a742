"""What a YAML file holds: values that know where they are written."""

from typing import Any

from calc.errors import Place


class Value:
    """A YAML value and where it begins (line and column count from 0)."""

    __slots__ = ("column", "file", "line")

    def __init__(self, file: str, line: int, column: int) -> None:
        self.file = file
        self.line = line
        self.column = column

    @property
    def place(self) -> Place:
        """Where it is written, as editors count."""
        return Place(self.file, self.line + 1, self.column + 1)


class Scalar(Value):
    """One scalar: ``data`` is None, bool, int, float or str; ``text`` is as written."""

    __slots__ = ("data", "quoted", "text")

    def __init__(self, file: str, line: int, column: int, data: Any, text: str, quoted: bool) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.data = data
        self.text = text
        self.quoted = quoted

    @property
    def empty(self) -> bool:
        """Whether nothing is written (or ~, which says so); the word null is a value."""
        return not self.quoted and self.text in ("", "~")


class Sequence(Value):
    """A YAML sequence; ``flow``: written in brackets."""

    __slots__ = ("flow", "items")

    def __init__(self, file: str, line: int, column: int, flow: bool) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.items: list[Value] = []
        self.flow = flow


class Mapping(Value):
    """A YAML mapping with its keys as written; no key stands twice.

    ``flow``: written in braces. ``written``, of a whole file: how many values stand in it.
    """

    __slots__ = ("entries", "flow", "keys", "written")

    def __init__(self, file: str, line: int, column: int, flow: bool) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.entries: dict[str, Value] = {}
        self.keys: dict[str, Scalar] = {}
        self.flow = flow
        self.written = 0


def plain(value: Value) -> Any:
    """``value`` as dicts, lists and scalars, without positions."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.entries.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    assert isinstance(value, Scalar)
    return value.data


def same(a: Value, b: Value) -> bool:
    """Whether two values say the same, wherever they stand. 1, 1.0 and true differ, and so does the order of keys."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return list(a.entries) == list(b.entries) and all(map(same, a.entries.values(), b.entries.values()))
    if isinstance(a, Sequence) and isinstance(b, Sequence):
        return len(a.items) == len(b.items) and all(map(same, a.items, b.items))
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return type(a.data) is type(b.data) and bool(a.data == b.data)
    return False
