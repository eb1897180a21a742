"""Names layers by purpose: layers at the same place in modules of one class get the same name in each module.

A layer made by a function call is named after its op and, if a module has several, numbered. If each module numbered
its own layers, an op that only some modules run would shift the numbers of everything after it, and modules that are
otherwise alike would have no name in common. So the orders in which the modules of a class run their parts are aligned,
and the places are numbered.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from calc.importing.names import LayerNames, numbered

_SUMS = "add"
"""The word of layers that are always numbered in sequence, because the language numbers the sums of residuals so."""
_OF_ITS_OWN = 100
"""The weight of a named part in the alignment, compared with 1 for a function call."""


class _Part(NamedTuple):
    """A part of a module: a layer called ``word``, possibly with a number, or a part with a name of its own."""

    word: str
    numbered: bool

    @property
    def weight(self) -> int:
        """The weight of the part in the alignment."""
        return 1 if self.numbered else _OF_ITS_OWN


def names_by_purpose(layers: Sequence[str], names: LayerNames, classes: Mapping[str, str]) -> dict[str, str]:
    """Return new names, by the old ones, for those ``layers`` that ``names`` may number. ``layers`` are in order.

    ``classes`` has the class of each module by name. If all modules of a class run the same parts, no name changes.
    """
    modules = _modules(layers, names, classes)
    of_class: defaultdict[str, list[str]] = defaultdict(list)
    for path in modules:
        of_class[classes[path]].append(path)
    found: dict[str, str] = {}
    for paths in of_class.values():
        orders = list(dict.fromkeys(tuple(part for part, _ in modules[path]) for path in paths))
        if len(orders) > 1:
            found |= _renamed([(path, modules[path]) for path in paths], laid_over(orders), names)
    return {name: new for name, new in found.items() if new != name}


def _modules(
    layers: Sequence[str], names: LayerNames, classes: Mapping[str, str]
) -> dict[str, list[tuple[_Part, str]]]:
    """Return the modules that run functions, by name, with their parts in order and the layer with which each part
    begins.
    """
    found: defaultdict[str, list[tuple[_Part, str]]] = defaultdict(list)
    free: set[str] = set()
    for name in layers:
        wanted = names.freed.get(name, name)
        at = wanted.find(".")
        while at >= 0:
            path, (word, _, inside) = wanted[:at], wanted[at + 1 :].partition(".")
            at = wanted.find(".", at + 1)
            if path not in classes:
                continue
            is_free = name in names.freed and not inside and word != _SUMS and wanted not in classes
            part, parts = _Part(word, is_free), found[path]
            if is_free:
                free.add(path)
            if is_free or not parts or parts[-1][0] != part:
                parts.append((part, name))
    return {path: parts for path, parts in found.items() if path in free}


def _renamed(
    modules: Sequence[tuple[str, list[tuple[_Part, str]]]], order: Sequence[_Part], names: LayerNames
) -> dict[str, str]:
    """Return new names for the layers of ``modules`` of one class by their places in ``order``, which has all their
    parts.
    """
    at_place: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    going: set[str] = set()
    for path, parts in modules:
        for place, (part, name) in zip(_places([part for part, _ in parts], order), parts, strict=True):
            if part.numbered:
                at_place[place].append((path, name))
                going.add(name)
    staying = names.taken - going
    numbers: defaultdict[str, int] = defaultdict(int)
    found: dict[str, str] = {}
    for place in sorted(at_place):
        word, wanted = order[place].word, dict[str, str]()
        while not wanted:
            numbers[word] += 1
            wanted = {name: numbered(f"{path}.{word}", numbers[word]) for path, name in at_place[place]}
            if any(new in staying or names.is_reserved(new) for new in wanted.values()):
                wanted = {}
        found |= wanted
    return found


def laid_over(orders: Iterable[Sequence[_Part]]) -> list[_Part]:
    """Return one order that contains each of ``orders``: the longest, with the additional parts of the others in
    between.
    """
    first, *others = sorted(orders, key=len, reverse=True)
    found = list(first)
    for order in others:
        pairs = _in_common(found, order)
        merged: list[_Part] = []
        at = begin = 0
        for one, other in [*pairs, (len(found), len(order))]:
            merged += [*found[at:one], *order[begin:other], *found[one : one + 1]]
            at, begin = one + 1, other + 1
        found = merged
    return found


def _places(parts: Sequence[_Part], order: Sequence[_Part]) -> list[int]:
    """Return the place in ``order`` of each of ``parts``."""
    return [place for place, _ in _in_common(order, parts)]


def _in_common(one: Sequence[_Part], other: Sequence[_Part]) -> list[tuple[int, int]]:
    """Return the places in both of the common subsequence with the largest weight."""
    best = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for at in reversed(range(len(one))):
        for to in reversed(range(len(other))):
            both = one[at].weight + best[at + 1][to + 1] if one[at] == other[to] else 0
            best[at][to] = max(both, best[at + 1][to], best[at][to + 1])
    pairs: list[tuple[int, int]] = []
    at = to = 0
    while at < len(one) and to < len(other):
        if one[at] == other[to] and best[at][to] == one[at].weight + best[at + 1][to + 1]:
            pairs.append((at, to))
            at, to = at + 1, to + 1
        elif best[at][to] == best[at + 1][to]:
            at += 1
        else:
            to += 1
    return pairs
