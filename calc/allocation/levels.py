"""Makes costs linear that depend on the widest of several choices.

Such a cost has a base and a rise for each level above it. A rise is paid if any group makes a choice of at least its
level. If several groups can reach a level, one variable stands for the level, and none of their choices may exceed it.
"""

from typing import NamedTuple

from calc.allocation.problem import AllocationProblem

Pair = tuple[int, int]
"""A group and one of its choices."""


class Level(NamedTuple):
    """A level. ``rise`` is paid in each of ``limits`` if it is ``reached`` by one of these choices, listed by group."""

    rise: int
    limits: tuple[int, ...]
    reached: tuple[tuple[Pair, ...], ...]


class Levels(NamedTuple):
    """All levels.

    ``base`` is paid in each limit for any choice. ``alone`` has the costs that one group decides by itself.
    """

    base: list[int]
    alone: dict[Pair, dict[int, int]]
    levels: list[Level]


def levels_of(problem: AllocationProblem, kept: list[list[int]]) -> Levels:
    """Return the levels of the costs in ``problem`` that depend on the widest choice, for the choices ``kept``."""
    base = [0] * len(problem.limits)
    alone: dict[Pair, dict[int, int]] = {}
    levels = []
    for each in problem.widest:
        sizes = {number: {c: row[c] for c in kept[number]} for number, row in zip(each.groups, each.sizes, strict=True)}
        least = max([min(row.values()) for row in sizes.values()])
        for k in each.limits:
            base[k] += least
        above = {number: row for number, row in sizes.items() if max(row.values()) > least}
        if len(above) == 1:
            ((number, row),) = above.items()
            for c, size in row.items():
                costs = alone.setdefault((number, c), {})
                for k in each.limits:
                    costs[k] = costs.get(k, 0) + max(0, size - least)
            continue
        below = least
        for level in sorted({size for row in above.values() for size in row.values() if size > least}):
            wide = [tuple([(number, c) for c, size in row.items() if size >= level]) for number, row in above.items()]
            levels.append(Level(level - below, each.limits, tuple([pairs for pairs in wide if pairs])))
            below = level
    return Levels(base, alone, levels)
