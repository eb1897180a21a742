"""Reads the fields of a config.json by type, reports wrong values at their lines, and tracks the fields that nobody
read.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from calc.errors import Place, Problem, SpecError

MOST_BYTES = 4 * 2**20
MOST_LAYERS = 200
"""More layers would give more nodes than a spec may have without ``--max-layers``; a family has at most 50 per layer.
"""
_LARGEST = 2**31 - 1
_LARGEST_NUMBER = 10**18
_DEEPEST = 100
_MOST_DIGITS = 300
_LONGEST_NAME = 100


class Config:
    """The fields of a model's config. ``used`` has the fields that were read, ``problems`` everything that is wrong.

    A missing field has the value in ``defaults``. A field that is null, or missing without a default, has the value
    that the caller passes. Both kinds are recorded in ``taken``. ``text`` is the text of the file, for places.
    ``beside`` has fields outside the config of a part that change no count.
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
        """Return the config of one part of a model. Its problems join those found so far."""
        found = Config(fields, self.file, self._text)
        found.problems = self.problems
        return found

    def place(self, key: str) -> Place:
        """Return the place where ``key`` first occurs, or the start of the file if it does not."""
        return _place(key, self._text, self.file)

    def fault(self, key: str, fact: str, hint: str = "") -> None:
        """Report that ``fact`` is wrong with ``key``. The same problem is reported once."""
        problem = Problem(self.place(key), fact, hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of ``key``, of any type; ``default`` if it is null, or missing without a default."""
        self.used.add(key)
        value = self._fields.get(key)
        if value is not None:
            return value
        found = default if key in self._fields else self.defaults.get(key, default)
        if found is not None and found != [] and found != {}:
            self.taken.setdefault(key, found)  # the family's own default is asked first, and wins
        return found

    def whole(self, *keys: str, default: int | None = None, least: int = 1, most: int = _LARGEST) -> int:
        """Return the integer under the first of ``keys`` that is present.

        Reports a wrong value and returns ``least``.
        """
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
        """Return a hint that the value of ``key`` is a default and not in the file, or empty text."""
        return f"{key} is not in the file, so transformers' default is taken" if key in self.taken else ""

    def never_null(self, *keys: str) -> None:
        """Report each of ``keys`` that is null, because the value that transformers would use is not known."""
        for key in keys:
            if key in self._fields and self._fields[key] is None:
                self.fault(key, f"{key}=null: must be an integer", "leave the field out to take transformers' default")

    def number(self, *keys: str, default: float) -> float:
        """Return the number above 0 under the first of ``keys`` that is present."""
        key = self._first(keys)
        return self.checked_number(key, self.get(key, default), default)

    def checked_number(self, key: str, value: Any, default: float) -> float:
        """Return ``value``, of ``key``, if it is a number above 0. Otherwise report it and return ``default``."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= _LARGEST_NUMBER:
            self.fault(key, f"{key}={_shown(value)}: must be a number above 0 and at most 10^18")
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """Return the boolean under ``key``."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            self.fault(key, f"{key}={_shown(value)}: must be true or false")
            return default
        return value

    def word(self, *keys: str, words: Mapping[str, str], default: str) -> str:
        """Return the entry in ``words`` for the word under the first of ``keys`` that is present."""
        key = self._first(keys)
        value = self.get(key, default)
        if not isinstance(value, str) or value not in words:
            self.fault(key, f"{key}={_shown(value)}: is not understood", f"known are {', '.join(words)}")
            return words[default]
        return words[value]

    def only(self, key: str, *values: Any) -> None:
        """Report ``key`` if it is present and not one of ``values``, because no other value is supported."""
        value = self.get(key)
        if value is not None and value not in values:
            wanted = " or ".join(json.dumps(each) for each in values)
            self.fault(key, f"{key}={_shown(value)}: only {wanted} is understood; another value may change a count")

    def agree(self, name: str, other: str) -> None:
        """Report ``name`` and ``other``, two names of one field, if both are present and differ."""
        self.used.update((name, other))
        one, two = self._fields.get(name), self._fields.get(other)
        if one is not None and two is not None and (type(one), one) != (type(two), two):
            fact = f"{other}={_shown(two)} contradicts {name}={_shown(one)}, another name of the same"
            self.fault(other, fact, "remove the one that is wrong")

    def says(self, key: str, expected: Any, of: str, value: Any) -> None:
        """Report ``key`` if it is present and not ``expected``, which follows from the ``value`` of the field
        ``of``.
        """
        found = self.get(key)
        if found is not None and (type(found), found) != (type(expected), expected):
            fact = f"{key}={_shown(found)} contradicts {of}={_shown(value)}, which takes precedence"
            self.fault(key, fact, self.whence(of) or "remove the one that is wrong")

    def never_filled(self, key: str, meaning: str) -> None:
        """Report ``key`` if it is not empty. ``meaning`` describes its effect, which calc does not count."""
        value = self.get(key)
        if value is not None and value != {} and value != []:
            self.fault(key, f"{key}={_shown(value)}: {meaning}, which calc does not count")

    def check_classes(self, classes: tuple[str, ...]) -> None:
        """Report an architecture that is not one of ``classes``, those of the ``model_type``."""
        found = self.get("architectures", [])
        known = " or ".join(classes)
        for name in found if isinstance(found, list) else [found]:
            if name not in classes:
                fact = f"architectures: {str(name)[:60]}, but model_type={self.get('model_type')} is counted as {known}"
                self.fault("architectures", fact, f"remove architectures to count it as {classes[0]}")

    def names(self, key: str, words: Sequence[str], count: int) -> list[str] | None:
        """Return the list under ``key``, which must have ``count`` of ``words``; None if it is missing or wrong."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != count or any(each not in words for each in value):
            self.fault(key, f"{key}={_shown(value)}: must be a list of {count} of {', '.join(words)}")
            return None
        return value

    def left(self, ignored: frozenset[str]) -> list[str]:
        """Return the fields that were not read and are neither ``ignored`` nor null."""
        return [key for key, value in self._fields.items() if value is not None and key not in self.used | ignored]

    def among(self, ignored: frozenset[str]) -> list[str]:
        """Return the fields that were not read because they are ``ignored``."""
        return [key for key in self._fields if key in ignored and key not in self.used]

    def _first(self, keys: Sequence[str]) -> str:
        self.used.update(keys)
        there = [key for key in keys if self._fields.get(key) is not None]
        return next(iter([*there, *[key for key in keys if key in self.defaults], keys[0]]))


def parsed(data: bytes, file: str) -> Config:
    """Return the config in ``data``. Raises SpecError if it is not a JSON mapping, or has a key twice."""
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
        raise SpecError([Problem(Place(file, 1, 1), "a config must be a mapping", "give the config.json of a model")])
    if twice:
        fact = "occurs twice; it is unknown which one is meant"
        raise SpecError([Problem(_place(key, text, file, last=True), f"{key_in_message(key)} {fact}") for key in twice])
    return Config(fields, file, text)


def _integer(text: str) -> float:
    """Return the integer in ``text``, or a float if it is longer than any size, because Python limits the digits of
    integers.
    """
    return int(text) if len(text) <= _MOST_DIGITS else float(text)


def _mapping(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice.extend([key for key in found if keys.count(key) > 1])
    return found


def _too_deep(text: str) -> int | None:
    """Return the position where ``text`` is nested too deep, or None."""
    depth = 0
    for found in _BRACKET.finditer(text):
        bracket = found[0]
        depth += (bracket in "[{") - (bracket in "]}") if len(bracket) == 1 else 0
        if depth > _DEEPEST:
            return found.start()
    return None


_BRACKET = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*"', re.DOTALL)
"""A bracket, or a quoted text, whose brackets do not count."""


def _place(key: str, text: str, file: str, last: bool = False) -> Place:
    found = list(re.finditer(rf"{re.escape(json.dumps(key))}\s*:", text))
    return _at(found[-1 if last else 0].start() if found else 0, text, file)


def _at(index: int, text: str, file: str) -> Place:
    before = text[:index]
    return Place(file, before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def key_in_message(key: str) -> str:
    """Return ``key`` in the form for messages."""
    return key if key.isidentifier() and len(key) <= _LONGEST_NAME else _shown(key)


def called(config: Config) -> str:
    """Return the name of the network: from its config, its file, the file's folder, or its model_type."""
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
