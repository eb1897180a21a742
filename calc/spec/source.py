"""YAML text to values that know their line. The only module that touches YAML.

Read as events in one loop that guards, keeps positions and builds, because a stranger's file must not
hang, crash or recurse: composing nodes segfaults in libyaml on deep nesting and expands alias bombs.
Scalars follow YAML 1.2's core schema: no octal, no sexagesimal, no yes/no, no dates.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from calc.errors import Place, Problem, SpecError

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 64
MAX_ALIASED_VALUES = 100_000
MAX_DIGITS = 18

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_CONSTANTS = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


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
        super().__init__(file, line, column)
        self.data = data
        self.text = text
        self.quoted = quoted

    @property
    def empty(self) -> bool:
        """Whether nothing is written (or ~, which says so); the word null is a value."""
        return not self.quoted and self.text in ("", "~")


class Sequence(Value):
    """A YAML sequence."""

    __slots__ = ("items",)

    def __init__(self, file: str, line: int, column: int) -> None:
        super().__init__(file, line, column)
        self.items: list[Value] = []


class Mapping(Value):
    """A YAML mapping with its keys as written; no key stands twice."""

    __slots__ = ("entries", "flow", "keys")

    def __init__(self, file: str, line: int, column: int, flow: bool) -> None:
        super().__init__(file, line, column)
        self.entries: dict[str, Value] = {}
        self.keys: dict[str, Scalar] = {}
        self.flow = flow


def read(path: str) -> bytes:
    """The bytes of the file ``path``, or of standard input for ``-``. Raises SpecError."""
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError([Problem(None, f"{path}: cannot be read: {reason}")]) from None
    if len(data) > MAX_BYTES:
        raise SpecError([Problem(Place(path, 1, 1), f"larger than {MAX_BYTES} bytes")])
    return data


def parse(data: bytes | str, file: str) -> Value:
    """The one document of ``data``; ``file`` is the name that places carry.

    Raises SpecError for text that is not UTF-8 or not YAML, and for what a spec may not hold: tags,
    merge keys, several documents, duplicate keys, deep nesting, aliases that multiply.
    """
    text = _decode(data, file) if isinstance(data, bytes) else data
    try:
        return _Builder(file).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
        raise SpecError([_syntax_problem(error, place, text)]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        fact = f"not YAML: {error.reason} (character {error.position})"
        raise SpecError([Problem(Place(file, line, 1), fact)]) from None
    except RecursionError:  # only the parser in Python, where libyaml is missing
        raise SpecError([Problem(Place(file, 1, 1), f"nested deeper than {MAX_DEPTH} levels")]) from None


def plain(value: Value) -> Any:
    """``value`` as dicts, lists and scalars, without positions."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.entries.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value.items]
    assert isinstance(value, Scalar)
    return value.data


def dump(value: Value) -> str:
    """YAML text that parses to an equal value."""
    events = [
        yaml.StreamStartEvent(),
        yaml.DocumentStartEvent(explicit=False),
        *_events(value),
        yaml.DocumentEndEvent(explicit=False),
        yaml.StreamEndEvent(),
    ]
    text: str = yaml.emit(events, Dumper=_DUMPER, width=110, allow_unicode=True)
    return text


def _events(value: Value) -> Iterator[yaml.Event]:
    if isinstance(value, Mapping):
        yield yaml.MappingStartEvent(anchor=None, tag=None, implicit=True, flow_style=value.flow)
        for key, item in value.entries.items():
            yield from _events(value.keys[key])
            yield from _events(item)
        yield yaml.MappingEndEvent()
    elif isinstance(value, Sequence):
        yield yaml.SequenceStartEvent(anchor=None, tag=None, implicit=True, flow_style=False)
        for item in value.items:
            yield from _events(item)
        yield yaml.SequenceEndEvent()
    else:
        assert isinstance(value, Scalar)
        style = '"' if value.quoted else None
        text = "~" if value.empty else value.text
        yield yaml.ScalarEvent(anchor=None, tag=None, implicit=(True, True), value=text, style=style)


def _decode(data: bytes, file: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        fact = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise SpecError([Problem(Place(file, line, column), fact, "save the file as UTF-8")]) from None
    if "\0" in text:
        raise SpecError([Problem(Place(file, 1, 1), "holds a zero byte: a binary file, not YAML")])
    return text


def _syntax_problem(error: yaml.MarkedYAMLError, place: Place, text: str) -> Problem:
    fact = "not YAML: " + ", ".join(filter(None, (error.context, error.problem)))
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    hint = ""
    if "\t" in line[: place.column + 1]:
        hint = "a tab may not indent YAML; use spaces"
    elif "flow mapping" in fact or "flow sequence" in fact:
        hint = "a comma or bracket inside { } or [ ] splits the value: quote it or use block style"
    return Problem(place, fact, hint)


class _Builder:
    """Builds values from events with a stack of open containers, never recursively."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.anchors: dict[str, tuple[Value, int]] = {}
        self.built = 0
        self.aliased = 0

    def build(self, events: Iterator[yaml.Event]) -> Value:
        root: Value | None = None
        stack: list[tuple[Value, str | None, int]] = []
        pending: list[Scalar | None] = []
        event: Any  # the stubs know neither flow_style nor that marks are there
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                value: Value = self._scalar(event)
            elif kind is yaml.AliasEvent:
                value = self._alias(event)
            elif kind is yaml.SequenceStartEvent or kind is yaml.MappingStartEvent:
                self._check_node(event)
                line, column = event.start_mark.line, event.start_mark.column
                if len(stack) >= MAX_DEPTH:
                    self._fail(event, f"nested deeper than {MAX_DEPTH} levels")
                opened: Value = (
                    Sequence(self.file, line, column)
                    if kind is yaml.SequenceStartEvent
                    else Mapping(self.file, line, column, bool(event.flow_style))
                )
                self.built += 1
                stack.append((opened, event.anchor, self.built))
                pending.append(None)
                continue
            elif kind is yaml.SequenceEndEvent or kind is yaml.MappingEndEvent:
                value, anchor, first = stack.pop()
                pending.pop()
                if anchor is not None:
                    self.anchors[anchor] = (value, self.built - first + 1)
            elif kind is yaml.DocumentStartEvent:
                if root is not None:
                    self._fail(event, "a second document; a spec is one")
                continue
            else:
                continue
            if not stack:
                root = value
                continue
            parent = stack[-1][0]
            if type(parent) is Sequence:
                parent.items.append(value)
                continue
            assert type(parent) is Mapping
            key = pending[-1]
            if key is None:
                pending[-1] = self._key(parent, value)
            else:
                parent.entries[key.text] = value
                pending[-1] = None
        if root is None:
            raise SpecError(
                [Problem(Place(self.file, 1, 1), "an empty file", "a spec has at least name, input, layers")]
            )
        return root

    def _scalar(self, event: Any) -> Scalar:
        if event.tag is not None:
            self._check_node(event)
        text: str = event.value
        mark = event.start_mark
        quoted = bool(event.style)
        scalar = Scalar(self.file, mark.line, mark.column, text, text, quoted)
        if not quoted:
            scalar.data = self._resolve(text, event)
        self.built += 1
        if event.anchor is not None:
            self.anchors[event.anchor] = (scalar, 1)
        return scalar

    def _resolve(self, text: str, event: Any) -> Any:
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        first = text[0]
        if not (first.isdigit() or first in "+-."):
            return text
        if _INTEGER.fullmatch(text):
            digits = text.lstrip("+-")
            if len(digits) > 1 and digits[0] == "0":
                self._fail(
                    event, f"{text[:20]}: a leading zero means octal to some readers", "write it without the zero"
                )
            if len(digits) > MAX_DIGITS:
                self._fail(event, f"an integer of {len(digits)} digits; at most {MAX_DIGITS} are taken")
            return int(text)
        if len(text) <= 40 and _FLOAT.fullmatch(text):
            return float(text)
        return text

    def _alias(self, event: Any) -> Value:
        if event.anchor not in self.anchors:
            self._fail(event, f"the alias *{event.anchor} has no finished anchor before it")
        value, size = self.anchors[event.anchor]
        self.aliased += size
        self.built += size
        if self.aliased > MAX_ALIASED_VALUES:
            self._fail(event, f"aliases expand to more than {MAX_ALIASED_VALUES} values")
        return value

    def _key(self, parent: Mapping, value: Value) -> Scalar:
        if not isinstance(value, Scalar) or value.text == "":
            raise SpecError([Problem(value.place, "a key must be a plain word")])
        if value.text == "<<" and not value.quoted:
            raise SpecError(
                [Problem(value.place, "merge keys (<<) are not taken", "write the keys out, or use a block")]
            )
        if value.text in parent.keys:
            first = parent.keys[value.text].place
            fact = f"the key {value.text} stands twice; first at line {first.line}"
            raise SpecError([Problem(value.place, fact)])
        parent.keys[value.text] = value
        return value

    def _check_node(self, event: Any) -> None:
        if event.tag is not None:
            self._fail(event, f"the tag {event.tag} is not taken", "specs hold plain values only")

    def _fail(self, event: Any, fact: str, hint: str = "") -> None:
        place = Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        raise SpecError([Problem(place, fact, hint)])
