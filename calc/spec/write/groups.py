"""Layers that have to stand together in a splice: what runs in training only, and bits that only a group can have.

``bits:`` on a layer without MACs or tensors is an error, so a relu has bits only from a chain around it, in which some
layer has what the bits are for.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from calc.errors import Problem, SpecError
from calc.model.graph import Bits, Graph
from calc.spec.write.entries import WrittenLayer


class Together(NamedTuple):
    """Members that follow one another, with what is written around them; with neither they stand for themselves."""

    members: "tuple[WrittenLayer, ...] | tuple[Together, ...]"
    bits: Bits | None = None
    training_only: bool = False


def put_together(graph: Graph, entries: Sequence[WrittenLayer]) -> tuple[Together, ...]:
    """``entries`` in groups; one that stands for itself, where none is needed. Raises SpecError where none would do."""
    found: list[Together] = []
    for training, run in groupby(entries, lambda entry: entry.training_only):
        members = tuple(run)
        alone = len(members) == 1 and not any(graph.nodes[source].training_only for source in members[0].sources)
        inner = _with_bits(graph, members)
        if training and not alone:  # only inside such a group may one read another
            whole = inner[0].members if len(inner) == 1 and inner[0].bits is None else inner
            found.append(Together(whole, training_only=True))
        else:
            found += inner
    return _joined(found)


def _joined(groups: Sequence[Together]) -> tuple[Together, ...]:
    """``groups``, those next to one another that stand for themselves put together."""
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
    """From ``begin`` on, the group around ``at`` with all that has its bits; further until it has what they are for."""
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
    fact = f"it has bits={bits}, and no layer beside it has MACs or tensors that these are for"
    raise SpecError([Problem(None, fact, "the language has no word for it", node.name, node.op.word)])


def _grown(
    entries: tuple[WrittenLayer, ...], begin: int, start: int, stop: int,
    takes: Callable[[WrittenLayer], bool], enough: Callable[[tuple[WrittenLayer, ...]], bool] = lambda part: False,
) -> tuple[int, int]:  # fmt: skip
    """The members from ``start`` to ``stop``, and those beside them that ``takes`` takes, until they are ``enough``."""
    while stop < len(entries) and takes(entries[stop]) and not enough(entries[start:stop]):
        stop += 1
    while start > begin and takes(entries[start - 1]) and not enough(entries[start:stop]):
        start -= 1
    return start, stop


def _meant(graph: Graph, entries: Sequence[WrittenLayer]) -> bool:
    """Whether bits around ``entries`` are taken, and leave those tensors alone that have none of their own."""
    nodes = [graph.nodes[index] for entry in entries for index in entry.nodes]
    if any(not node.op.no_macs for node in nodes):
        return True
    holding = [node for node in nodes if node.op.parameters(graph.input_shapes(node))]
    return bool(holding) and all(node.held_format is not None for node in holding)
