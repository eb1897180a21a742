"""The choice of bits as a problem in integers: groups of layers, their choices, the limits."""

from collections.abc import Sequence
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


class Widest(NamedTuple):
    """A cost that goes by the widest of several choices, such as the bytes of a tensor that several layers read.

    ``groups``: by index. ``sizes``: of each of them, what it would cost by each choice; the largest of those chosen
    counts, in each of ``limits``, by index too.
    """

    groups: tuple[int, ...]
    sizes: tuple[tuple[int, ...], ...]
    limits: tuple[int, ...]

    @property
    def least(self) -> int:
        """What it costs at least."""
        return max(map(min, self.sizes))


class AllocationProblem(NamedTuple):
    """One choice a group, so that the costs stay within ``limits`` and the sensitivities add up to the least.

    What each of ``widest`` costs is added to the costs of the choices.
    """

    groups: tuple[Group, ...]
    limits: tuple[int, ...]
    widest: tuple[Widest, ...] = ()


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
            + sum([each.least for each in problem.widest if k in each.limits])
            for k in range(len(problem.limits))
        ]
    )


def objective(problem: AllocationProblem, chosen: tuple[int, ...]) -> int:
    """The sensitivity of ``chosen``."""
    return sum([group.choices[c].sensitivity for group, c in zip(problem.groups, chosen, strict=True)])


def costs(problem: AllocationProblem, chosen: tuple[int, ...]) -> tuple[int, ...]:
    """The costs of ``chosen``, in the order of the limits."""
    rows = [group.choices[c].costs for group, c in zip(problem.groups, chosen, strict=True)]
    found = [sum([row[k] for row in rows]) for k in range(len(problem.limits))]
    for each in problem.widest:
        size = max([sizes[chosen[number]] for number, sizes in zip(each.groups, each.sizes, strict=True)])
        for k in each.limits:
            found[k] += size
    return tuple(found)


def within_limits(problem: AllocationProblem, chosen: tuple[int, ...]) -> bool:
    """Whether ``chosen`` keeps every limit."""
    return all(cost <= limit for cost, limit in zip(costs(problem, chosen), problem.limits, strict=True))


def undominated(group: Group, sizes: Sequence[tuple[int, ...]] = ()) -> list[int]:
    """The choices worth making, by rising sensitivity: no other is as good in it and in every cost.

    ``sizes``: of each choice, what it makes of the costs that go by the widest.
    """
    takes = [(*choice.costs, *(sizes[c] if sizes else ())) for c, choice in enumerate(group.choices)]
    kept: list[int] = []
    for c in sorted(range(len(group.choices)), key=lambda c: (group.choices[c].sensitivity, takes[c])):
        if not any(all(a <= b for a, b in zip(takes[k], takes[c], strict=True)) for k in kept):
            kept.append(c)
    return kept


def fitting(problem: AllocationProblem) -> list[list[int]]:
    """The choices worth making that are within every limit where all other groups cost the least that they can."""
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
    """By group, the costs that go by the widest of its choices and others, and what its own make of each."""
    found: dict[int, list[tuple[Widest, tuple[int, ...]]]] = {}
    for each in problem.widest:
        for number, sizes in zip(each.groups, each.sizes, strict=True):
            found.setdefault(number, []).append((each, sizes))
    return found


def _alone(costs: tuple[int, ...], widest: Sequence[tuple[Widest, tuple[int, ...]]], choice: int) -> list[int]:
    """``costs`` and how much more each of ``widest`` is by this ``choice`` than at least."""
    found = list(costs)
    for each, sizes in widest:
        for k in each.limits:
            found[k] += max(0, sizes[choice] - each.least)
    return found
