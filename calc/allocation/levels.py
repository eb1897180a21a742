"""The costs that go by the widest of several choices, made linear.

Such a cost is a base and a rise for each level above it. A rise is paid once any group makes a choice as wide as its
level: where at least one of several is so wide, one variable stands for it, which none of them may exceed.
"""

from typing import NamedTuple

from calc.allocation.problem import AllocationProblem

Pair = tuple[int, int]
"""A group and one of its choices."""


class Level(NamedTuple):
    """``rise``: what is paid in each of ``limits`` once it is ``reached``, by which choices, group by group."""

    rise: int
    limits: tuple[int, ...]
    reached: tuple[tuple[Pair, ...], ...]


class Levels(NamedTuple):
    """``base``: what is paid in each limit whatever is chosen. ``alone``: by choices that decide by themselves."""

    base: list[int]
    alone: dict[Pair, dict[int, int]]
    levels: list[Level]


def levels_of(problem: AllocationProblem, kept: list[list[int]]) -> Levels:
    """The costs by the widest in ``problem``, of whose groups the choices ``kept`` are left."""
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
