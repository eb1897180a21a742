"""The choice of bits as a problem in integers: groups of layers, their choices and the limits."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from calc.model.graph import Bits


class Choice(NamedTuple):
    """The bits of a group, with their sensitivity and their costs in the order of the limits."""

    bits: Bits
    sensitivity: int
    costs: tuple[int, ...]


class Group(NamedTuple):
    """Layers that have the same bits, as indices of the graph."""

    nodes: tuple[int, ...]
    choices: tuple[Choice, ...]


class Widest(NamedTuple):
    """A cost that depends on the widest of several choices, such as the bytes of a tensor that several layers read.

    ``groups`` are indices. ``sizes`` has, for each of these groups, the cost of each choice. The largest cost of the
    chosen ones counts in each of ``limits``, which are indices too.
    """

    groups: tuple[int, ...]
    sizes: tuple[tuple[int, ...], ...]
    limits: tuple[int, ...]

    @property
    def least(self) -> int:
        """The smallest possible cost."""
        return max(map(min, self.sizes))


class AllocationProblem(NamedTuple):
    """The problem: choose for each group so that costs stay within ``limits`` and sensitivity is minimal.

    The costs in ``widest`` are added to those of the choices.
    """

    groups: tuple[Group, ...]
    limits: tuple[int, ...]
    widest: tuple[Widest, ...] = ()


class Solution(NamedTuple):
    """The index of the choice of each group, their total sensitivity, and a proved lower bound for the latter."""

    chosen: tuple[int, ...]
    objective: int
    lower_bound: int | Fraction


def least(problem: AllocationProblem) -> tuple[int, ...]:
    """Return the smallest possible value of each cost, without regard to the other limits."""
    return tuple(
        [
            sum([min([choice.costs[k] for choice in group.choices]) for group in problem.groups])
            + sum([each.least for each in problem.widest if k in each.limits])
            for k in range(len(problem.limits))
        ]
    )


def objective(problem: AllocationProblem, chosen: tuple[int, ...]) -> int:
    """Return the total sensitivity of ``chosen``."""
    return sum([group.choices[c].sensitivity for group, c in zip(problem.groups, chosen, strict=True)])


def costs(problem: AllocationProblem, chosen: tuple[int, ...]) -> tuple[int, ...]:
    """Return the costs of ``chosen``, in the order of the limits."""
    rows = [group.choices[c].costs for group, c in zip(problem.groups, chosen, strict=True)]
    found = [sum([row[k] for row in rows]) for k in range(len(problem.limits))]
    for each in problem.widest:
        size = max([sizes[chosen[number]] for number, sizes in zip(each.groups, each.sizes, strict=True)])
        for k in each.limits:
            found[k] += size
    return tuple(found)


def within_limits(problem: AllocationProblem, chosen: tuple[int, ...]) -> bool:
    """Return True if ``chosen`` meets every limit."""
    return all(cost <= limit for cost, limit in zip(costs(problem, chosen), problem.limits, strict=True))


def undominated(group: Group, sizes: Sequence[tuple[int, ...]] = ()) -> list[int]:
    """Return the choices that no other one equals or beats in sensitivity and in every cost, by rising sensitivity.

    ``sizes`` has, for each choice, the costs that depend on the widest choice.
    """
    takes = [(*choice.costs, *(sizes[c] if sizes else ())) for c, choice in enumerate(group.choices)]
    kept: list[int] = []
    for c in sorted(range(len(group.choices)), key=lambda c: (group.choices[c].sensitivity, takes[c])):
        if not any(all(a <= b for a, b in zip(takes[k], takes[c], strict=True)) for k in kept):
            kept.append(c)
    return kept


def fitting(problem: AllocationProblem) -> list[list[int]]:
    """Return the undominated choices that meet every limit if all other groups have their smallest costs."""
    room = [limit - low for limit, low in zip(problem.limits, least(problem), strict=True)]
    widest = _widest_of(problem)
    kept = []
    for number, group in enumerate(problem.groups):
        lowest = [min(costs) for costs in zip(*[choice.costs for choice in group.choices], strict=True)]
        most = [low + left for low, left in zip(lowest, room, strict=True)]
        mine = widest.get(number, [])
        sizes = [tuple([row[c] for _, row in mine]) for c in range(len(group.choices))]
        kept.append(
            [
                c
                for c in undominated(group, sizes)
                if all(a <= b for a, b in zip(_alone(group.choices[c].costs, mine, c), most, strict=True))
            ]
        )
    return kept


def _widest_of(problem: AllocationProblem) -> dict[int, list[tuple[Widest, tuple[int, ...]]]]:
    """Return, for each group, the costs that depend on the widest choice, with the sizes for its own choices."""
    found: dict[int, list[tuple[Widest, tuple[int, ...]]]] = {}
    for each in problem.widest:
        for number, sizes in zip(each.groups, each.sizes, strict=True):
            found.setdefault(number, []).append((each, sizes))
    return found


def _alone(costs: tuple[int, ...], widest: Sequence[tuple[Widest, tuple[int, ...]]], choice: int) -> list[int]:
    """Return ``costs`` with the amount that ``choice`` adds to each of ``widest`` above its minimum."""
    found = list(costs)
    for each, sizes in widest:
        for k in each.limits:
            found[k] += max(0, sizes[choice] - each.least)
    return found
