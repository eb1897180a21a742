"""A family of formats as data: a YAML file, whose entries may have numbers in their names such as ``int<b>g<g>``."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from calc.errors import OpError
from calc.formats.format import Format, Stored
from calc.frozen import FrozenDict
from calc.reading import read_bytes
from calc.spec import source

MOST = {"b": 64, "g": 2**20}
"""The largest numbers in a name: the bits of a code, and the weights in a group."""
_MEANINGS = {"b": "bits a code", "g": "weights a group"}
_HOLE = re.compile("<([a-z])>")


class FormatEntry(NamedTuple):
    """A name or a pattern of names in a family. ``fields`` are those of a Format, with letters for the numbers.

    ``numbers`` has the values that a letter may have; without it, any number up to the largest is allowed. ``listed``
    are the names to show. ``usual`` has the numbers for an alias without numbers.
    """

    name: str
    family: str
    fields: FrozenDict[str, Any]
    stored: tuple[FrozenDict[str, Any], ...]
    numbers: FrozenDict[str, tuple[int, ...]]
    listed: tuple[str, ...]
    aliases: tuple[str, ...]
    usual: FrozenDict[str, int]

    def format(self, text: str) -> Format | None:
        """The format called ``text``, in lower case, or None. Raises OpError for a number that is not allowed."""
        for known in (self.name, *self.aliases):
            found = re.fullmatch(_HOLE.sub(r"(?P<\1>[0-9]+)", known.lower()), text)
            if found is not None:
                given = {letter: self._number(letter, d, text) for letter, d in found.groupdict().items()}
                return self._format({**self.usual, **given})
        return None

    def _format(self, values: dict[str, int]) -> Format:
        stored = tuple([Stored(**_with(part, values)) for part in self.stored])
        name = _text_with(self.name, values)
        return Format(name=name, family=self.family, stored=stored, **_with(self.fields, values))

    def _number(self, letter: str, digits: str, text: str) -> int:
        few = self.numbers.get(letter, ())
        number = int(digits) if len(digits) <= 9 else 0
        if not 1 <= number <= MOST[letter] or (few and number not in few):
            allowed = ", ".join(map(str, few)) or f"1 to {MOST[letter]:,}"
            raise OpError(f"{text}: {digits[:12]} {_MEANINGS[letter]}: must be {allowed}")
        return number


def read_family(path: Path) -> tuple[FormatEntry, ...]:
    """Read the entries of one of the packaged files."""
    data = source.plain(source.parse(read_bytes(path), str(path)))
    shared = data.get("shared", {})  # what all of its formats have
    return tuple([_entry({**shared, **entry}, data["family"]) for entry in data["formats"]])


def _entry(given: dict[str, Any], family: str) -> FormatEntry:
    fields = dict(given)
    name = fields.pop("name")
    stored = tuple([FrozenDict(part) for part in fields.pop("stored")])
    numbers = FrozenDict({letter: tuple(few) for letter, few in fields.pop("numbers", {}).items()})
    listed = tuple(fields.pop("listed", [name]))
    aliases = tuple(fields.pop("aliases", []))
    usual = FrozenDict(fields.pop("usual", {}))
    return FormatEntry(name, family, FrozenDict(fields), stored, numbers, listed, aliases, usual)


def _with(fields: FrozenDict[str, Any], values: dict[str, int]) -> dict[str, Any]:
    """``fields`` with numbers in place of the letters, which stand alone or within a text."""
    return {
        key: values.get(value, _text_with(value, values)) if isinstance(value, str) else value
        for key, value in fields.items()
    }


def _text_with(text: str, values: dict[str, int]) -> str:
    return _HOLE.sub(lambda hole: str(values[hole[1]]), text)
