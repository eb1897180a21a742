"""Groups layers that must be together in a splice: training-only layers, and bits that only a group can have.

``bits:`` on a layer without MACs or tensors is an error. So a relu gets bits only from a chain around it that has a
layer with MACs or tensors.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from calc.errors import Problem, SpecError
from calc.model.graph import Bits, Graph
from calc.spec.write.entries import WrittenLayer


class Together(NamedTuple):
    """Members in sequence, with the modifiers around them. Without modifiers they are written in place."""

    members: "tuple[WrittenLayer, ...] | tuple[Together, ...]"
    bits: Bits | None = None
    training_only: bool = False


def put_together(graph: Graph, entries: Sequence[WrittenLayer]) -> tuple[Together, ...]:
    """Return ``entries`` in groups, just one if no modifiers are needed. Raises SpecError if no grouping works."""
    found: list[Together] = []
    for training, run in groupby(entries, lambda entry: entry.training_only):
        members = tuple(run)
        alone = len(members) == 1 and not any(graph.nodes[source].training_only for source in members[0].sources)
        inner = _with_bits(graph, members)
        if training and not alone:  # only inside such a group may a training-only layer read another
            whole = inner[0].members if len(inner) == 1 and inner[0].bits is None else inner
            found.append(Together(whole, training_only=True))
        else:
            found += inner
    return _joined(found)


def _joined(groups: Sequence[Together]) -> tuple[Together, ...]:
    """Return ``groups`` with neighbours that have no modifiers merged."""
    found: list[Together] = []
    for group in groups:
        plain = group.bits is None and not group.training_only
        if plain and found and found[-1].bits is None and not found[-1].training_only:
            found[-1] = Together((*found[-1].members, *group.members))
        else:
            found.append(group)
    return tuple(found)


def _with_bits(graph: Graph, entries: tuple[WrittenLayer, ...]) -> tuple[Together, ...]:
    found: list[Together] = []
    done = at = 0
    while at < len(entries):
        bits = entries[at].around
        if bits is None:
            at += 1
            continue
        start, stop = _extent(graph, entries, done, at)
        if start > done:
            found.append(Together(entries[done:start]))
        found.append(Together(entries[start:stop], bits))
        done = at = stop
    if done < len(entries):
        found.append(Together(entries[done:]))
    return tuple(found)


def _extent(graph: Graph, entries: tuple[WrittenLayer, ...], begin: int, at: int) -> tuple[int, int]:
    """Return the start and stop of the group around ``at``, not before ``begin``.

    It takes all neighbours with the same bits, and more until it has a layer that the bits apply to.
    """
    bits, start, stop = entries[at].around, at, at + 1

    def alike(entry: WrittenLayer) -> bool:
        return graph.nodes[entry.end].bits == bits and not entry.expert

    def apart(entry: WrittenLayer) -> bool:
        return entry.bits is not None

    start, stop = _grown(entries, begin, start, stop, alike)
    if not _meant(graph, entries[start:stop]):
        start, stop = _grown(entries, begin, start, stop, apart, lambda part: _meant(graph, part))
        start, stop = _grown(entries, begin, start, stop, alike)
    if _meant(graph, entries[start:stop]):
        return start, stop
    node = graph.nodes[entries[at].end]
    fact = f"it has bits={bits}, but no layer next to it has MACs or tensors that these bits apply to"
    raise SpecError([Problem(None, fact, "the language cannot express this", node.name, node.op.word)])


def _grown(
    entries: tuple[WrittenLayer, ...], begin: int, start: int, stop: int,
    takes: Callable[[WrittenLayer], bool], enough: Callable[[tuple[WrittenLayer, ...]], bool] = lambda part: False,
) -> tuple[int, int]:  # fmt: skip
    """Return the range from ``start`` to ``stop``, with neighbours that ``takes`` accepts until it is ``enough``."""
    while stop < len(entries) and takes(entries[stop]) and not enough(entries[start:stop]):
        stop += 1
    while start > begin and takes(entries[start - 1]) and not enough(entries[start:stop]):
        start -= 1
    return start, stop


def _meant(graph: Graph, entries: Sequence[WrittenLayer]) -> bool:
    """True if bits around ``entries`` are allowed, and do not change tensors without bits of their own."""
    nodes = [graph.nodes[index] for entry in entries for index in entry.nodes]
    if any(not node.op.no_macs for node in nodes):
        return True
    holding = [node for node in nodes if node.op.parameters(graph.input_shapes(node))]
    return bool(holding) and all(node.held_format is not None for node in holding)
