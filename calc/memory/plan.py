"""What a memory planner finds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from calc.frozen import FrozenDict
from calc.memory.lifetimes import Lifetimes

NOWHERE: FrozenDict[int, int] = FrozenDict()


class Plan(NamedTuple):
    """What the activations of a network need while it runs; an allocation bears the index of the node that makes it.

    ``bytes``: in all. ``layer``: the first node at which so much is needed, or of an arena that with most alive.
    ``needed``: the bytes while each node runs. ``offsets``: where in the memory each allocation begins, of a planner
    that places them. ``written_over``: per node that writes over what it reads, the allocation that is overwritten.
    """

    planner: str
    bytes: int
    layer: int
    needed: tuple[int, ...]
    offsets: Mapping[int, int]
    written_over: Mapping[int, int]


def alive(lifetimes: Lifetimes) -> Iterator[tuple[int, ...]]:
    """Per node the allocations that are alive while it runs, in the order in which they were made."""
    live: dict[int, None] = {}
    for index, freed in enumerate(lifetimes.freed):
        if lifetimes.elements[index]:
            live[index] = None
        yield tuple(live)
        for made in freed:
            live.pop(made, None)


def last_needed(lifetimes: Lifetimes) -> dict[int, int]:
    """Per allocation the last node that needs it."""
    return {made: index for index, freed in enumerate(lifetimes.freed) for made in freed if lifetimes.elements[made]}


def at_peak(
    planner: str,
    needed: Sequence[int],
    offsets: Mapping[int, int] = NOWHERE,
    written_over: Mapping[int, int] = NOWHERE,
) -> Plan:
    """The plan of ``planner`` that needs so many bytes at each node."""
    most = max(needed)
    return Plan(planner, most, needed.index(most), tuple(needed), FrozenDict(offsets), FrozenDict(written_over))
