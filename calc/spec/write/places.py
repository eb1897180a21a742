"""Aligns the chains of one block: finds the members that take the same place, and the places that some chains lack."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import groupby
from typing import NamedTuple, TypeVar

from calc.spec.write.hierarchy import NamedChain
from calc.spec.write.residuals import Item, Summed, leaves

NUMBERED_NAME = re.compile(r"(.*?)(0|[1-9][0-9]{0,8})")
_MOST_OPTIONAL = 4
T = TypeVar("T")


class Repeated(NamedTuple):
    """Chains in a row that call one block. Other chains may have another number of calls there."""

    key: str
    calls: tuple[NamedChain, ...]


Place = Item | Repeated
Column = dict[int, Place]
"""The members in one place, by the number of their structure."""


class Differs(Exception):  # noqa: N818  # not an error: the caller catches it and tries another way
    """Raised when chains cannot be written as one."""


def is_numbered(items: Iterable[Item]) -> bool:
    """True if the keys of ``items`` are 0, 1, 2, …, as in a list."""
    return [item.key for item in leaves(items)] == [str(at) for at, _ in enumerate(leaves(items))]


def in_places(
    sequences: Mapping[int, tuple[Place, ...]], kind: Callable[[Place], Hashable], *, numbered: bool
) -> list[Column]:
    """Return the members of ``sequences`` by place, in order.

    Raises Differs if their order differs or too many are optional.
    """
    longest = max(sequences, key=lambda number: (_sums(sequences[number]), len(sequences[number])))
    columns = [{longest: item} for item in sequences[longest]]
    for number, items in sequences.items():
        if number == longest:
            continue
        same = _with_sums(items, [next(iter(column.values())) for column in columns], numbered)
        at = _places(columns, same, kind) if numbered else _by_key(columns, same)
        for place, item in zip(at, same, strict=True):
            columns[place][number] = item
    optional = sum(len(column) < len(sequences) for column in columns)
    if optional > min(_MOST_OPTIONAL, len(columns) // 2 + 1) or (optional and optional == len(columns) > 1):
        raise Differs
    return columns


def together(items: Iterable[Item], block: Callable[[Item], str], *, numbered: bool) -> tuple[Place, ...]:
    """Return ``items`` with calls of one block in a row as one. If they have names, the names must count up."""

    def kind(item: tuple[int, Item]) -> tuple[str, str, int]:
        at, each = item
        match = NUMBERED_NAME.fullmatch(each.key)
        return (block(each), "", 0) if numbered or match is None else (block(each), match[1], int(match[2]) - at)

    found: list[Place] = []
    for (name, stem, _), run in groupby(enumerate(items), kind):
        members = [each for _, each in run]
        calls = tuple([each for each in members if isinstance(each, NamedChain)])
        found += [Repeated(calls[0].key, calls)] if name and (numbered or stem) else members
    return tuple(found)


def _sums(items: Iterable[Place]) -> int:
    return sum(isinstance(item, Summed) for item in items)


def _with_sums(items: tuple[Place, ...], model: list[Place], numbered: bool) -> tuple[Place, ...]:
    """Return ``items`` with the members of each residual in ``model`` in a residual that adds nothing, if they lack
    it.
    """
    keys = {item.key for item in items if isinstance(item, Summed)}
    for at, item in enumerate(model):
        if not isinstance(item, Summed) or item.key in keys or item.shortcut:
            continue
        if any(each.key == item.key for each in items):
            raise Differs  # the member of that name is not a residual
        if numbered:
            start, stop = at, len(items) - (len(model) - at - 1)
        else:
            earlier, later = _keys(model[:at]), _keys(model[at + 1 :])
            start = max((place + 1 for place, each in enumerate(items) if each.key in earlier), default=0)
            stop = min((place for place, each in enumerate(items) if each.key in later), default=len(items))
        if stop <= start or any(isinstance(each, Repeated) for each in items[start:stop]):
            raise Differs
        main = tuple([each for each in items[start:stop] if not isinstance(each, Repeated)])
        items = (*items[:start], Summed(item.key, None, main, ()), *items[stop:])
    return items


def _keys(places: Iterable[Place]) -> set[str]:
    return {each.key for each in leaves([place for place in places if not isinstance(place, Repeated)])}


def _places(columns: list[Column], items: tuple[Place, ...], kind: Callable[[Place], Hashable]) -> list[int]:
    """Return the places of ``items``, each as late as its kind allows, so missing members are missing in front."""
    found: list[int] = []
    place = len(columns)
    for item in reversed(items):
        place -= 1
        while place >= 0 and kind(next(iter(columns[place].values()))) != kind(item):
            place -= 1
        if place < 0:
            raise Differs
        found.append(place)
    return found[::-1]


def _by_key(columns: list[Column], items: tuple[Place, ...]) -> list[int]:
    """Return the places of ``items`` by their keys. A key that no other chain has gets a new place."""
    found: list[int] = []
    for item in items:
        place = next((at for at, each in enumerate(columns) if next(iter(each.values())).key == item.key), None)
        after = found[-1] + 1 if found else 0
        if place is None:
            columns.insert(after, {-1: item})
            place = after
        elif place < after:
            raise Differs
        found.append(place)
    for column in columns:
        column.pop(-1, None)
    return found


def agreed(values: Iterable[T]) -> T:
    """Return the value that all ``values`` have. Raises Differs if they differ."""
    (first, *others) = values
    if any(other != first for other in others):
        raise Differs
    return first
