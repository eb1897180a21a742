"""The result of a memory planner."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from calc.frozen import FrozenDict
from calc.memory.lifetimes import Lifetimes

NOWHERE: FrozenDict[int, int] = FrozenDict()


class Plan(NamedTuple):
    """The memory that the activations of a network need. An allocation has the index of the node that makes it.

    ``bytes`` is the total. ``layer`` is the first node that needs all of it; for an arena it is the one of them with
    the most live bytes. ``needed`` has the bytes while each node runs. ``offsets`` has the place of each allocation, if
    the planner assigns places. ``written_over`` has the allocation that a node overwrites, for each node that does so.
    """

    planner: str
    bytes: int
    layer: int
    needed: tuple[int, ...]
    offsets: Mapping[int, int]
    written_over: Mapping[int, int]


def alive(lifetimes: Lifetimes) -> Iterator[tuple[int, ...]]:
    """Yield, for each node, the allocations that are alive while it runs, in the order in which they are made."""
    live: dict[int, None] = {}
    for index, freed in enumerate(lifetimes.freed):
        if lifetimes.elements[index]:
            live[index] = None
        yield tuple(live)
        for made in freed:
            live.pop(made, None)


def last_needed(lifetimes: Lifetimes) -> dict[int, int]:
    """Return, for each allocation, the last node that needs it."""
    return {made: index for index, freed in enumerate(lifetimes.freed) for made in freed if lifetimes.elements[made]}


def at_peak(
    planner: str,
    needed: Sequence[int],
    offsets: Mapping[int, int] = NOWHERE,
    written_over: Mapping[int, int] = NOWHERE,
) -> Plan:
    """Return the plan of ``planner`` for the bytes that are ``needed`` at each node."""
    most = max(needed)
    return Plan(planner, most, needed.index(most), tuple(needed), FrozenDict(offsets), FrozenDict(written_over))
