"""Finds members of a chain that form a ``residual``: a main chain, and a shortcut that transforms the added input."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calc.model.graph import Graph
from calc.spec.write.entries import WrittenLayer
from calc.spec.write.hierarchy import NamedChain, NamedLayer
from calc.spec.write.text import EMPTY

_WORD = "add"
_MOST_MEMBERS = 40
"""In longer residuals a reader loses track of the input."""


@dataclass(frozen=True, slots=True, eq=False)
class Summed:
    """A residual: ``main`` plus its input, which ``shortcut`` transforms first. ``at`` is the layer that adds.

    If ``at`` is None, nothing is added. It then takes the place of a residual that other chains of the block have.
    """

    key: str
    at: int | None
    main: "tuple[Item, ...]"
    shortcut: "tuple[Item, ...]"


Item = NamedLayer | NamedChain | Summed


def items_of(graph: Graph, layers: Sequence[WrittenLayer], chain: NamedChain, flow: int) -> tuple[Item, ...]:
    """Return the members of ``chain``, whose input is the node ``flow``. Members of a residual are put together."""
    found: list[Item] = []
    before: list[int] = []
    taken: set[str] = set()
    number = 1  # of the next sum that is a residual, by the numbering of the language
    for member in chain.members:
        while _numbered(number) in taken:
            number += 1
        taken.add(member.key)
        found.append(member)
        before.append(flow)
        if isinstance(member, NamedLayer) and member.key == _numbered(number):
            parts = _parts(layers, found, before, layers[member.at], flow)
            if parts is not None and _is_of_input(graph, layers, found[parts[0] : -1], before[parts[0]]):
                main, shortcut = parts
                found[main:] = [Summed(member.key, member.at, tuple(found[main:shortcut]), tuple(found[shortcut:-1]))]
                del before[main + 1 :]
        flow = out_of(layers, chain, found[-1], flow)
    return tuple(found)


def out_of(layers: Sequence[WrittenLayer], chain: NamedChain, item: Item, flow: int) -> int:
    """Return the output node of ``item`` in ``chain``, whose input is the node ``flow``."""
    if isinstance(item, Summed):
        if item.at is not None:
            return layers[item.at].end
        for each in item.main:
            flow = out_of(layers, chain, each, flow)
        return flow
    if isinstance(item, NamedLayer):
        layer = layers[item.at]
        flows = bool(layer.sources) and (chain.training_only or not layer.training_only)
        return layer.end if flows else flow
    return item.result if chain.training_only or not item.training_only else flow


def leaves(items: Iterable[Item]) -> list[NamedLayer | NamedChain]:
    """Return ``items`` with the members of residuals in place of the residuals, without the layers that add."""
    found: list[NamedLayer | NamedChain] = []
    for item in items:
        found += leaves((*item.main, *item.shortcut)) if isinstance(item, Summed) else [item]
    return found


def _numbered(number: int) -> str:
    return f"{_WORD}{number}" if number > 1 else _WORD


def _parts(
    layers: Sequence[WrittenLayer], found: Sequence[Item], before: Sequence[int], layer: WrittenLayer, flow: int
) -> tuple[int, int] | None:
    """Return the places in ``found`` where the main chain and the shortcut of a residual begin, or None.

    ``layer`` is the last of ``found``, and ends the residual.
    """
    plain = layer._replace(name="", nodes=range(0), sources=()) == WrittenLayer("", range(0), _WORD, EMPTY, ())
    if not plain or len(layer.sources) != 2:
        return None
    end, skip = layer.sources
    last = len(found) - 1  # the layer itself
    first = max(0, last - _MOST_MEMBERS)
    if end == flow != skip:
        return next(((main, last) for main in range(first, last) if before[main] == skip), None)
    if skip != flow or end == skip:
        return None
    for shortcut in range(last - 1, first, -1):
        enters = _entry(layers, found[shortcut])
        if before[shortcut] == end and enters is not None and enters != end:
            return next(((main, shortcut) for main in range(first, shortcut) if before[main] == enters), None)
    return None


def _is_of_input(graph: Graph, layers: Sequence[WrittenLayer], items: Sequence[Item], enters: int) -> bool:
    """True if ``items`` read no nodes outside with a batch axis except ``enters``."""
    ends = [leaves([item]) for item in (items[0], items[-1])]
    first, last = ends[0][0], ends[1][-1]
    start = first.start if isinstance(first, NamedChain) else first.at
    stop = last.stop if isinstance(last, NamedChain) else last.at + 1
    inside = range(layers[start].nodes.start, layers[stop - 1].nodes.stop)
    return all(
        source in inside or source == enters or not graph.nodes[source].batched
        for at in range(start, stop)
        for source in layers[at].sources
    )


def _entry(layers: Sequence[WrittenLayer], item: Item) -> int | None:
    """Return the node that the first layer of ``item`` reads, or None if there are several."""
    if isinstance(item, Summed):
        return _entry(layers, item.main[0])
    sources = item.inputs if isinstance(item, NamedChain) else layers[item.at].sources
    return sources[0] if len(sources) == 1 else None
