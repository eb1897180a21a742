"""Turns YAML text into values that know their line. No other module uses YAML.

The events are read in one loop that checks limits, keeps positions and builds the values, because an untrusted file
must not hang, crash or recurse. Composing nodes would crash libyaml on deep nesting and expand alias bombs. Scalars
follow the core schema of YAML 1.2: no octal numbers, no sexagesimal ones, no yes or no, no dates.
"""

import re
from collections.abc import Iterator
from sys import intern
from typing import Any, NoReturn

import yaml

from calc.errors import Place, Problem, SpecError
from calc.frozen import FrozenDict
from calc.spec.tree import Mapping, Scalar, Sequence, Value, plain

__all__ = ["Mapping", "Scalar", "Sequence", "Value", "dump", "parse", "plain"]

MAX_DEPTH = 64
MAX_VALUES = 3_000_000
MAX_ALIASED_VALUES = 100_000
MAX_DIGITS = 18

_DEEP = "exceeded maximum nesting depth"
"""The error of libyaml for more than 1,000 brackets. It comes before any event. Older versions have no limit."""
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
_BEGINS_NUMBER = frozenset("0123456789+-.")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


def parse(data: bytes | str, file: str, needs: str = "a spec has at least name:, input: and layers:") -> Value:
    """Return the one document in ``data``. ``file`` is the name in places, and ``needs`` the hint for an empty
    document.

    Raises SpecError for text that is not UTF-8 or not YAML, and for anything that a spec may not contain: tags, merge
    keys, several documents, duplicate keys, deep nesting, and aliases that multiply.
    """
    text = _decode(data, file) if isinstance(data, bytes) else data
    try:
        loader = _LOADER(text)
        try:
            # like yaml.parse, but faster: no generator, and no look-ahead per event
            return _Builder(file, needs).build(iter(loader.get_event, None))
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        assert mark is not None  # neither parser raises one without
        raise SpecError([_syntax_problem(error, Place(file, mark.line + 1, mark.column + 1), text)]) from None
    except (yaml.reader.ReaderError, UnicodeEncodeError):
        raise SpecError([_character_problem(text, file)]) from None


def dump(value: Value) -> str:
    """Return YAML text that parses to an equal value."""
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
        for key, item in zip(value.keys().values(), value.entries.values(), strict=True):
            yield from _events(key)
            yield from _events(item)
        yield yaml.MappingEndEvent()
    elif isinstance(value, Sequence):
        yield yaml.SequenceStartEvent(anchor=None, tag=None, implicit=True, flow_style=value.flow)
        for item in value.items:
            yield from _events(item)
        yield yaml.SequenceEndEvent()
    else:
        style = '"' if value.quoted else None
        text = "~" if value.empty else value.text
        yield yaml.ScalarEvent(anchor=None, tag=None, implicit=(True, True), value=text, style=style)


def _decode(data: bytes, file: str) -> str:
    zero = data.find(b"\0")
    if zero >= 0:
        place = Place(file, data.count(b"\n", 0, zero) + 1, zero - data.rfind(b"\n", 0, zero))
        raise SpecError([Problem(place, "a zero byte: a binary file or UTF-16", "save the file as UTF-8")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        fact = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        raise SpecError([Problem(Place(file, line, column), fact, "save the file as UTF-8")]) from None


def _character_problem(text: str, file: str) -> Problem:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    at = found.start() if found else 0
    place = Place(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
    return Problem(place, f"not YAML: the character U+{ord(text[at]):04X} is not allowed")


def _syntax_problem(error: yaml.MarkedYAMLError, place: Place, text: str) -> Problem:
    if error.problem == _DEEP:
        return Problem(place, f"nested deeper than {MAX_DEPTH} levels")
    fact = "not YAML: " + ", ".join(filter(None, (error.context, error.problem)))
    line = "".join(text.split("\n")[place.line - 1 : place.line])  # empty if YAML counts line ends that this does not
    notes, hint = [], ""
    if line[place.column - 1 : place.column] == "\t":
        hint = "a tab may not indent YAML; use spaces"
    elif "flow mapping" in fact or "flow sequence" in fact:
        mark = error.context_mark
        notes = [f"it begins at {Place(place.file, mark.line + 1, mark.column + 1)}"] if mark else []
        hint = "close it; an expression in it that has a comma or bracket of its own must be quoted"
    return Problem(place, fact, hint, notes=tuple(notes))


class _Open:
    """A container that is not closed yet, with its contents so far, the key that waits for a value, and its inner
    height.

    ``items`` are those of a sequence, ``entries`` and ``marks`` those of a mapping. ``first`` is its number among all
    values.
    """

    __slots__ = (
        "anchor", "column", "entries", "first", "flow", "height", "is_mapping", "items", "key", "line", "marks",
    )  # fmt: skip

    def __init__(self, is_mapping: bool, event: Any, line: int, first: int) -> None:
        self.is_mapping = is_mapping
        self.entries: dict[str, Value] = {}
        self.items: list[Value] = []
        self.marks: list[int] = []
        self.key: str | None = None
        self.line = line
        self.column: int = event.start_mark.column
        self.flow = bool(event.flow_style)
        self.anchor: str | None = event.anchor
        self.first = first
        self.height = 1

    def closed(self, file: str) -> Sequence | Mapping:
        """Return the finished container."""
        if not self.is_mapping:
            return Sequence(file, self.line, self.column, tuple(self.items), self.flow)
        return Mapping(file, self.line, self.column, FrozenDict(self.entries), tuple(self.marks), self.flow)


class _Builder:
    """Builds values from events with a stack of open containers, without recursion."""

    def __init__(self, file: str, needs: str) -> None:
        self.file = file
        self.needs = needs
        self.anchors: dict[str, tuple[Value, int, int]] = {}
        self.built = 0
        self.aliased = 0

    def build(self, events: Iterator[yaml.Event]) -> Value:
        root: Value | None = None
        stack: list[_Open] = []
        parent: _Open | None = None
        value: Value
        line, resolved = 0, dict(_CONSTANTS)
        event: Any  # the stubs know neither flow_style nor that marks are there
        scalar, mapping_start, sequence_start = yaml.ScalarEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent
        mapping_end, sequence_end = yaml.MappingEndEvent, yaml.SequenceEndEvent
        for event in events:
            kind, mark = type(event), event.start_mark
            if mark.line != line:
                line = mark.line  # the values on a line share one integer object, which saves memory
            if kind is scalar:
                text, quoted = event.value, bool(event.style)
                if event.tag is not None:
                    self._refuse_tag(event)
                self.built += 1
                if self.built > MAX_VALUES:
                    self._fail(event, f"more than {MAX_VALUES} values")
                if parent is not None and parent.is_mapping and parent.key is None:
                    if event.anchor is not None:
                        self.anchors[event.anchor] = (Scalar(self.file, line, mark.column, text, text, quoted), 1, 0)
                    self._key(text, line, mark.column, quoted, parent)
                    continue
                if not quoted and text not in resolved:
                    resolved[text] = self._resolve(text, event)
                value = Scalar(self.file, line, mark.column, text if quoted else resolved[text], text, quoted)
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1, 0)
            elif kind is mapping_start or kind is sequence_start:
                parent = self._opened(event, line, kind is mapping_start, len(stack))
                stack.append(parent)
                continue
            elif kind is mapping_end or kind is sequence_end:
                ended = stack.pop()
                value = ended.closed(self.file)
                if ended.anchor is not None:
                    self.anchors[ended.anchor] = (value, self.built - ended.first + 1, ended.height)
                parent = stack[-1] if stack else None
                if parent is not None and ended.height >= parent.height:
                    parent.height = ended.height + 1
            elif kind is yaml.AliasEvent:
                value, height = self._alias(event, len(stack))
                if parent is not None and height >= parent.height:
                    parent.height = height + 1
            elif kind is yaml.DocumentStartEvent and root is not None:
                self._fail(event, "a second document; a spec is one")
            else:
                continue
            if parent is None:
                root = value
            elif not parent.is_mapping:
                parent.items.append(value)
            elif parent.key is not None:
                parent.entries[parent.key] = value
                parent.key = None
            elif isinstance(value, Scalar):  # an alias, whose place differs from its anchor's
                self._key(value.text, line, mark.column, value.quoted, parent)
            else:
                raise SpecError([Problem(value.place, "a key must be a word, got a list or a mapping")])
        if root is None:
            raise SpecError([Problem(Place(self.file, 1, 1), "the file has no content", self.needs)])
        if isinstance(root, Mapping):
            root = root._replace(written=self.built - self.aliased)
        return root

    def _opened(self, event: Any, line: int, is_mapping: bool, depth: int) -> _Open:
        if event.tag is not None:
            self._refuse_tag(event)
        if depth >= MAX_DEPTH:
            self._fail(event, f"nested deeper than {MAX_DEPTH} levels")
        self.built += 1
        return _Open(is_mapping, event, line, self.built)

    def _key(self, key: str, line: int, column: int, quoted: bool, parent: _Open) -> None:
        """Make ``parent`` wait for the value of ``key``."""
        if key in parent.entries or key in ("", "<<"):
            self._check_key(key, Place(self.file, line + 1, column + 1), quoted, parent)
        parent.marks += (line, column, quoted)
        parent.key = intern(key)  # thousands of layers have the same few keys

    def _check_key(self, key: str, place: Place, quoted: bool, parent: _Open) -> None:
        if key == "":
            raise SpecError([Problem(place, "a key must be a word, got nothing")])
        if key in parent.entries:
            first = parent.marks[3 * list(parent.entries).index(key)]
            raise SpecError([Problem(place, f"the key {key[:60]} occurs twice; first at line {first + 1}")])
        if not quoted:
            hint = "write the keys out, or use a block with params"
            raise SpecError([Problem(place, "merge keys (<<) are not allowed", hint)])

    def _resolve(self, text: str, event: Any) -> Any:
        if text[0] not in _BEGINS_NUMBER:
            return text
        if _INTEGER.fullmatch(text):
            digits = text.lstrip("+-")
            if len(digits) > 1 and digits[0] == "0":
                self._fail(event, f"{text[:20]} begins with 0: octal to other readers", "write it without the zero")
            if len(digits) > MAX_DIGITS:
                self._fail(event, f"an integer of {len(digits)} digits, but at most {MAX_DIGITS} are allowed")
            return int(text)
        if len(text) <= 40 and _FLOAT.fullmatch(text):
            return float(text)
        return text

    def _alias(self, event: Any, depth: int) -> tuple[Value, int]:
        if event.anchor not in self.anchors:
            fact = f"the alias *{event.anchor[:60]} has no value to repeat"
            self._fail(event, fact, f"&{event.anchor[:60]} must stand before it, and may not hold it")
        value, size, height = self.anchors[event.anchor]
        self.aliased += size
        self.built += size
        if self.aliased > MAX_ALIASED_VALUES:
            self._fail(event, f"aliases expand to more than {MAX_ALIASED_VALUES} values")
        if depth + height > MAX_DEPTH:
            self._fail(event, f"nested deeper than {MAX_DEPTH} levels by aliases")
        return value, height

    def _refuse_tag(self, event: Any) -> NoReturn:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        self._fail(event, f"the tag {tag[:60]} is not allowed", "specs hold plain values only")

    def _fail(self, event: Any, fact: str, hint: str = "") -> NoReturn:
        place = Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        raise SpecError([Problem(place, fact, hint)])
