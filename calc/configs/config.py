"""A config.json as the families read it: each field by its kind, what is wrong at its line, what nobody read."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from calc.errors import Place, Problem, SpecError

MOST_BYTES = 4 * 2**20
MOST_LAYERS = 200
"""More would come to more nodes than a spec has without ``--max-layers``; 50 a layer is the most of a family."""
_LARGEST = 2**31 - 1
_LARGEST_NUMBER = 10**18
_DEEPEST = 100
_MOST_DIGITS = 300
_LONGEST_NAME = 100


class Config:
    """The fields of a model. What is asked for is ``used``; what is wrong with it is noted in ``problems``.

    A field that is not there is what ``defaults`` has for it, one that is null, or has none, what who asks for it says;
    either is then among the ``taken``. ``text`` is the file's, for places. ``beside``: fields that change no count and
    stand beside those of a part of a model.
    """

    def __init__(self, fields: Mapping[str, Any], file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.used: set[str] = set()
        self.defaults: Mapping[str, Any] = {}
        self.taken: dict[str, Any] = {}
        self.beside: list[str] = []
        self._fields = fields
        self._text = text

    def part(self, fields: Mapping[str, Any]) -> "Config":
        """One of the parts of a model, of ``fields``, whose problems come beside those found so far."""
        found = Config(fields, self.file, self._text)
        found.problems = self.problems
        return found

    def place(self, key: str) -> Place:
        """Where ``key`` stands, the first time; the start of the file where it does not."""
        return _place(key, self._text, self.file)

    def fault(self, key: str, fact: str, hint: str = "") -> None:
        """Note that ``fact`` is wrong with ``key``, once however often it is found."""
        problem = Problem(self.place(key), fact, hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of ``key`` whatever it is; ``default`` where it is null, or missing and without a default."""
        self.used.add(key)
        value = self._fields.get(key)
        if value is not None:
            return value
        found = default if key in self._fields else self.defaults.get(key, default)
        if found is not None and found != [] and found != {}:
            self.taken.setdefault(key, found)  # a family asks before what it has in common with others
        return found

    def whole(self, *keys: str, default: int | None = None, least: int = 1, most: int = _LARGEST) -> int:
        """The integer that the first of ``keys`` that is there holds. A fault gives ``least``."""
        key = self._first(keys)
        value = self.get(key, default)
        if value is None:
            self.fault(key, f"needs {' or '.join(keys)}: an integer of at least {least}")
            return max(least, 1)
        if type(value) is not int or not least <= value <= most:
            is_above = type(value) is int and value > most
            above = f" and at most {most:,}" if is_above or most != _LARGEST else ""
            self.fault(key, f"{key}={_shown(value)}: must be an integer of at least {least}{above}")
            return max(least, 1)
        return value

    def whence(self, key: str) -> str:
        """A hint for what is wrong with ``key``, where it is not in the file but a default."""
        return f"{key} is not in the file, and this is what transformers takes then" if key in self.taken else ""

    def never_null(self, *keys: str) -> None:
        """Note a fault for each of ``keys`` that is null: what it would be is not known."""
        for key in keys:
            if key in self._fields and self._fields[key] is None:
                self.fault(key, f"{key}=null: must be an integer", "without the field it is what transformers takes")

    def number(self, *keys: str, default: float) -> float:
        """The number that the first of ``keys`` that is there holds, above 0."""
        key = self._first(keys)
        return self.checked_number(key, self.get(key, default), default)

    def checked_number(self, key: str, value: Any, default: float) -> float:
        """``value``, of ``key``, where it is a number above 0; else a fault, and the ``default``."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= _LARGEST_NUMBER:
            self.fault(key, f"{key}={_shown(value)}: must be a number above 0 and at most 10^18")
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """Whether ``key`` is true."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            self.fault(key, f"{key}={_shown(value)}: must be true or false")
            return default
        return value

    def word(self, *keys: str, words: Mapping[str, str], default: str) -> str:
        """What ``words`` has for the word that the first of ``keys`` that is there holds."""
        key = self._first(keys)
        value = self.get(key, default)
        if not isinstance(value, str) or value not in words:
            self.fault(key, f"{key}={_shown(value)}: is not understood", f"known are {', '.join(words)}")
            return words[default]
        return words[value]

    def only(self, key: str, *values: Any) -> None:
        """Note a fault where ``key`` is there and is none of ``values``: what else it may be, nothing here counts."""
        value = self.get(key)
        if value is not None and value not in values:
            wanted = " or ".join(json.dumps(each) for each in values)
            self.fault(key, f"{key}={_shown(value)}: is not understood other than as {wanted}, and may change a count")

    def agree(self, name: str, other: str) -> None:
        """Note a fault where ``name`` and ``other``, two names of one thing, are both there and differ."""
        self.used.update((name, other))
        one, two = self._fields.get(name), self._fields.get(other)
        if one is not None and two is not None and (type(one), one) != (type(two), two):
            fact = f"{other}={_shown(two)} contradicts {name}={_shown(one)}, another name of the same"
            self.fault(other, fact, "remove the one that is wrong")

    def says(self, key: str, expected: Any, of: str, value: Any) -> None:
        """Note a fault where ``key`` is there and not as ``expected`` where the field ``of`` is ``value``."""
        found = self.get(key)
        if found is not None and (type(found), found) != (type(expected), expected):
            fact = f"{key}={_shown(found)} contradicts {of}={_shown(value)}, which is what counts"
            self.fault(key, fact, self.whence(of) or "remove the one that is wrong")

    def never_filled(self, key: str, meaning: str) -> None:
        """Note a fault where ``key`` holds anything: what that does is its ``meaning``, and nothing here counts it."""
        value = self.get(key)
        if value is not None and value != {} and value != []:
            self.fault(key, f"{key}={_shown(value)}: {meaning}, which nothing here counts")

    def check_classes(self, classes: tuple[str, ...]) -> None:
        """Note a fault where one of the ``architectures`` is none of ``classes``, those of the ``model_type``."""
        found = self.get("architectures", [])
        known = " or ".join(classes)
        for name in found if isinstance(found, list) else [found]:
            if name not in classes:
                fact = f"architectures: {str(name)[:60]}, but model_type={self.get('model_type')} is counted as {known}"
                self.fault("architectures", fact, f"without architectures it is counted as {classes[0]}")

    def names(self, key: str, words: Sequence[str], count: int) -> list[str] | None:
        """The list of ``count`` of ``words`` that ``key`` holds; None where it is not there."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != count or any(each not in words for each in value):
            self.fault(key, f"{key}={_shown(value)}: must be a list of {count} of {', '.join(words)}")
            return None
        return value

    def left(self, ignored: frozenset[str]) -> list[str]:
        """The fields that nobody asked for and that are not ``ignored``, those that are null left out."""
        return [key for key, value in self._fields.items() if value is not None and key not in self.used | ignored]

    def among(self, ignored: frozenset[str]) -> list[str]:
        """The fields that nobody asked for because they are ``ignored``."""
        return [key for key in self._fields if key in ignored and key not in self.used]

    def _first(self, keys: Sequence[str]) -> str:
        self.used.update(keys)
        there = [key for key in keys if self._fields.get(key) is not None]
        return next(iter([*there, *[key for key in keys if key in self.defaults], keys[0]]))


def parsed(data: bytes, file: str) -> Config:
    """The config in ``data``. Raises SpecError where it is no mapping in JSON, or has a key twice."""
    twice: list[str] = []
    try:
        text = data.decode("utf-8-sig")
        deep = _too_deep(text)
        if deep is not None:
            raise SpecError([Problem(_at(deep, text, file), f"nested more than {_DEEPEST} deep")])
        fields = json.loads(text, object_pairs_hook=lambda pairs: _mapping(pairs, twice), parse_int=_integer)
    except UnicodeDecodeError:
        raise SpecError([Problem(None, f"{file}: cannot be read: not UTF-8")]) from None
    except json.JSONDecodeError as error:
        raise SpecError([Problem(Place(file, error.lineno, error.colno), f"not JSON: {error.msg}")]) from None
    if not isinstance(fields, dict):
        raise SpecError([Problem(Place(file, 1, 1), "a config is a mapping", "config.json of a model has its fields")])
    if twice:
        fact = "occurs twice; which one is meant is not known"
        raise SpecError([Problem(_place(key, text, file, last=True), f"{key_in_message(key)} {fact}") for key in twice])
    return Config(fields, file, text)


def _integer(text: str) -> float:
    """Of more digits than any size has, a number above all: Python reads some thousands of them, as it is set."""
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


def _mapping(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice.extend([key for key in found if keys.count(key) > 1])
    return found


def _too_deep(text: str) -> int | None:
    """Where ``text`` is nested too deep, if it is anywhere."""
    depth = 0
    for found in _BRACKET.finditer(text):
        bracket = found[0]
        depth += (bracket in "[{") - (bracket in "]}") if len(bracket) == 1 else 0
        if depth > _DEEPEST:
            return found.start()
    return None


_BRACKET = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*"', re.DOTALL)
"""A bracket, or a text, in which none counts."""


def _place(key: str, text: str, file: str, last: bool = False) -> Place:
    found = list(re.finditer(rf"{re.escape(json.dumps(key))}\s*:", text))
    return _at(found[-1 if last else 0].start() if found else 0, text, file)


def _at(index: int, text: str, file: str) -> Place:
    before = text[:index]
    return Place(file, before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def key_in_message(key: str) -> str:
    """``key`` as messages have it."""
    return key if key.isidentifier() and len(key) <= _LONGEST_NAME else _shown(key)


def called(config: Config) -> str:
    """What the network is called: as its config says, or its file, or the file's folder; else as its model_type is."""
    said = config.get("_name_or_path")
    path = PurePath(config.file)
    names = [
        PurePath(said).name if isinstance(said, str) else "",
        path.parent.name if path.stem == "config" else path.stem,
        str(config.get("model_type")),
    ]
    found = next(name for name in names if any(letter.isalnum() for letter in name))
    return "".join([letter if letter.isprintable() else "_" for letter in found[:_LONGEST_NAME]])


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"
