"""Names by purpose: what modules of one class do at the same place of their forward is called the same in each.

Layers of functions have the name of their op and, where a module has several, a number. Counted module by module, what
only some of them run would shift the numbers of all that comes after it, and modules that are alike but for that would
have nothing in common. So all orders in which the modules of a class run their parts are laid over one another, and
the places are counted.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from calc.importing.names import LayerNames, numbered

_SUMS = "add"
"""The word of layers that stay numbered one after another: the language counts the sums of residuals so."""
_OF_ITS_OWN = 100
"""How much more than a function a part that has a name of its own tells where in the forward it is."""


class _Part(NamedTuple):
    """What stands in a module: a layer called ``word``, with a number if need be, or what has a name of its own."""

    word: str
    numbered: bool

    @property
    def weight(self) -> int:
        """How much it tells of where it is."""
        return 1 if self.numbered else _OF_ITS_OWN


def names_by_purpose(layers: Sequence[str], names: LayerNames, classes: Mapping[str, str]) -> dict[str, str]:
    """New names, by the old ones, of those ``layers``, in order, that ``names`` may have numbered.

    ``classes``: the class of each module by its name. Where modules of one class all run the same no name is new.
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
    """By name the modules that run functions, with their parts in order and the layer that each is or begins with."""
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
    """New names for the layers of ``modules`` of one class by their places in ``order``, which has all their parts."""
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
    """One order that has each of ``orders`` in it: the longest, and what others have besides in between."""
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
    """Where in ``order`` each of ``parts`` is."""
    return [place for place, _ in _in_common(order, parts)]


def _in_common(one: Sequence[_Part], other: Sequence[_Part]) -> list[tuple[int, int]]:
    """The places in both of what tells most that they have in common, in one order."""
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
