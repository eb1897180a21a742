"""The choice of bits as a problem in integers: groups of layers, their choices, the limits."""

from fractions import Fraction
from typing import NamedTuple

from calc.model.graph import Bits


class Choice(NamedTuple):
    """One width of a group: what its rounding hurts and, in the order of the limits, what it costs."""

    bits: Bits
    sensitivity: int
    costs: tuple[int, ...]


class Group(NamedTuple):
    """Layers that share one choice, as indices into the graph."""

    nodes: tuple[int, ...]
    choices: tuple[Choice, ...]


class AllocationProblem(NamedTuple):
    """One choice a group, so that the costs stay within ``limits`` and the sensitivities add up to the least."""

    groups: tuple[Group, ...]
    limits: tuple[int, ...]


class Solution(NamedTuple):
    """The index of each group's choice, their sensitivity, and a proven lower bound of any sensitivity."""

    chosen: tuple[int, ...]
    objective: int
    lower_bound: int | Fraction


def least(problem: AllocationProblem) -> tuple[int, ...]:
    """The least each cost can be, the other limits left aside."""
    return tuple(
        [
            sum([min([choice.costs[k] for choice in group.choices]) for group in problem.groups])
            for k in range(len(problem.limits))
        ]
    )


def objective(problem: AllocationProblem, chosen: tuple[int, ...]) -> int:
    """The sensitivity of ``chosen``."""
    return sum([group.choices[c].sensitivity for group, c in zip(problem.groups, chosen, strict=True)])


def costs(problem: AllocationProblem, chosen: tuple[int, ...]) -> tuple[int, ...]:
    """The costs of ``chosen``, in the order of the limits."""
    rows = [group.choices[c].costs for group, c in zip(problem.groups, chosen, strict=True)]
    return tuple([sum([row[k] for row in rows]) for k in range(len(problem.limits))])


def within_limits(problem: AllocationProblem, chosen: tuple[int, ...]) -> bool:
    """Whether ``chosen`` keeps every limit."""
    return all(cost <= limit for cost, limit in zip(costs(problem, chosen), problem.limits, strict=True))


def undominated(group: Group) -> list[int]:
    """The choices worth making, by rising sensitivity: no other is as good in it and in every cost."""
    order = sorted(range(len(group.choices)), key=lambda c: (group.choices[c].sensitivity, group.choices[c].costs))
    kept: list[int] = []
    for c in order:
        theirs = group.choices[c].costs
        if not any(all(a <= b for a, b in zip(group.choices[k].costs, theirs, strict=True)) for k in kept):
            kept.append(c)
    return kept


def fitting(problem: AllocationProblem) -> list[list[int]]:
    """The choices worth making that are within every limit where all other groups cost the least that they can."""
    room = [limit - low for limit, low in zip(problem.limits, least(problem), strict=True)]
    kept = []
    for group in problem.groups:
        lowest = [min(costs) for costs in zip(*[choice.costs for choice in group.choices], strict=True)]
        most = [low + left for low, left in zip(lowest, room, strict=True)]
        kept.append(
            [c for c in undominated(group) if all(a <= b for a, b in zip(group.choices[c].costs, most, strict=True))]
        )
    return kept
