"""Names by purpose: what modules of one class make at the same place of their code is called the same in each.

Layers of functions have the name of their op and, where a module has several, a number. Counted module by module, what
only some of them run would shift the numbers of all that comes after it, and modules that are alike but for that would
have nothing in common. So the places are counted: the lines of the class's forward at which any of its modules makes
such a layer, in the order in which they run.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from torch import fx

from calc.importing.names import Freed, LayerNames, numbered, sayable
from verify.importers.scopes import Scopes, levels

_FRAME = re.compile(r'^ *File ".*", line (\d+), in ', re.MULTILINE)

_SUMS = "add"
"""The word of layers that stay numbered one after another: the language counts the sums of residuals so."""

Place = tuple[int, int]
"""A line of code, and which of the layers of one op that are made there, from 0."""


class _Layer(NamedTuple):
    """A layer of the scope ``owner``, whose class is ``kind``, called ``word`` there and made at ``line``."""

    owner: str
    kind: str
    word: str
    line: int


def names_by_purpose(names: LayerNames, scopes: Scopes) -> dict[str, str]:
    """Of the ``names`` that may have numbers those that go by the place in the code, by the old ones that differ."""
    layers = {name: layer for name, each in names.freed.items() if (layer := _layer(each, scopes)) is not None}
    staying = names.taken - layers.keys()
    sequences: defaultdict[tuple[str, str], dict[str, dict[Place, str]]] = defaultdict(dict)
    for name, layer in layers.items():
        places = sequences[layer.kind, layer.word].setdefault(layer.owner, {})
        places[layer.line, sum(line == layer.line for line, _ in places)] = name
    found: dict[str, str] = {}
    for (_, word), owners in sequences.items():
        number = 0
        for place in merged([list(places) for places in owners.values()]):
            wanted: list[tuple[str, str]] = []
            while not wanted:
                number += 1
                there = [(owner, places[place]) for owner, places in owners.items() if place in places]
                wanted = [(name, _named(owner, word, number)) for owner, name in there]
                if any(new in staying or names.is_reserved(new) for _, new in wanted):
                    wanted = []
            found.update(wanted)
    if len({*found.values()}) < len(found):
        return {}
    return {name: new for name, new in found.items() if new != name}


def merged(sequences: Iterable[Sequence[Place]]) -> list[Place]:
    """All that stands in ``sequences``, each once: the longest, and what others have besides after what it follows.

    Of what does not follow from that the earlier line comes first.
    """
    found: list[Place] = []
    for sequence in sorted(sequences, key=lambda each: -len(each)):
        at = 0
        for place in sequence:
            if place in found:
                at = found.index(place) + 1
            else:
                while at < len(found) and found[at] < place and found[at] not in sequence:
                    at += 1
                found.insert(at, place)
                at += 1
    return found


def _layer(freed: Freed, scopes: Scopes) -> _Layer | None:
    """Where the layer stands; None where it is called as a module is, or in no scope that is one."""
    if not isinstance(freed.at, fx.Node):
        return None
    stack = levels(freed.at)
    around = [sayable(scopes.scope_of(freed.at, level.path)) if level.path else "" for level in stack]
    owner, _, word = freed.wanted.rpartition(".")
    if word == _SUMS or freed.wanted in around or owner not in around:
        return None
    at = len(around) - 1 - around[::-1].index(owner)
    lines = [int(line) for line in _FRAME.findall(freed.at.meta.get("stack_trace") or "")]
    from_end = at - len(stack)
    line = lines[from_end] if -from_end <= len(lines) else 0
    return _Layer(owner, stack[at].kind, word, line)


def _named(owner: str, word: str, number: int) -> str:
    return numbered(f"{owner}.{word}" if owner else word, number)
