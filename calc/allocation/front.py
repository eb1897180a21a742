"""The Pareto front of sensitivity against one quantity: all points that no choice of bits beats in both.

This is the dynamic programme without its bound, over arrays. Each choice of a group shifts the front of the groups
before it, and points that another one beats are dropped. Costs and sensitivities are integers, so the front is exact.
"""

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from calc.allocation.problem import AllocationProblem, undominated
from calc.errors import OpError
from calc.extras import install_hint
from calc.model.graph import Bits

MOST_STATES = 60_000_000
"""The largest number of points in the fronts of all groups together. Each takes 6 bytes."""
_INT64 = 2**63


@dataclass(frozen=True, eq=False)
class Front:
    """The points in the order of rising cost and falling sensitivity, in the units of the problem, with their choices.

    The arrays are int64, or Python integers if a sum could overflow.
    """

    problem: AllocationProblem
    unit: Fraction
    costs: Any
    sensitivities: Any
    steps: list[tuple[Any, Any]]
    """For each group: the index of each point in the front before, and the choice that leads from there to the point.
    """

    def __len__(self) -> int:
        return len(self.costs)

    def bits(self, point: int) -> list[Bits]:
        """Return the bits of each group at ``point``."""
        found: list[Bits] = []
        for group, (origins, choices) in zip(reversed(self.problem.groups), reversed(self.steps), strict=True):
            found.append(group.choices[int(choices[point])].bits)
            point = int(origins[point])
        return found[::-1]

    def at_most(self, cost: int) -> int | None:
        """Return the point with the smallest sensitivity among those that cost at most ``cost``."""
        at = int(self.costs.searchsorted(cost, side="right")) - 1
        return at if at >= 0 else None

    def as_good_as(self, sensitivity: Fraction) -> int | None:
        """Return the cheapest point whose sensitivity, in its own unit, is at most ``sensitivity``."""
        most = sensitivity // self.unit
        at = bisect_left(self.sensitivities, -most, key=lambda hurt: -int(hurt))
        return at if at < len(self) else None


def front(problem: AllocationProblem, unit: Fraction) -> Front:
    """Return the front of a problem with one quantity. Its limit is ignored.

    Raises OpError if numpy is missing or the front is too large for memory.
    """
    numpy = _numpy()
    worst = [max([choice.costs[0] for choice in group.choices]) for group in problem.groups]
    costs = numpy.zeros(1, _kind(numpy, worst))
    worst = [max([choice.sensitivity for choice in group.choices]) for group in problem.groups]
    sensitivities = numpy.zeros(1, _kind(numpy, worst))
    steps = []
    states = 0
    for group in problem.groups:
        kept = undominated(group)
        size = len(costs)
        grown = numpy.concatenate([costs + group.choices[c].costs[0] for c in kept])
        hurt = numpy.concatenate([sensitivities + group.choices[c].sensitivity for c in kept])
        order = numpy.argsort(grown, kind="stable")  # a merge of sorted runs
        grown, hurt = grown[order], hurt[order]
        lower = numpy.empty(len(hurt), bool)
        lower[0] = True
        lower[1:] = hurt[1:] < numpy.minimum.accumulate(hurt)[:-1]
        order, grown, hurt = order[lower], grown[lower], hurt[lower]
        last = numpy.append(grown[1:] != grown[:-1], True)  # the last of several with one cost is the best
        order, costs, sensitivities = order[last], grown[last], hurt[last]
        steps.append(((order % size).astype(numpy.int32), numpy.array(kept, numpy.int16)[order // size]))
        states += len(costs)
        if states > MOST_STATES:
            raise OpError(
                f"the front has more than {MOST_STATES:,} points on the way", "fewer widths, --tie, or calc allocate"
            )
    return Front(problem, unit, costs, sensitivities, steps)


def _kind(numpy: Any, largest: list[int]) -> Any:
    return numpy.int64 if sum(largest) < _INT64 else object


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise OpError("the front needs numpy, which is not installed", install_hint("search")) from None
    return numpy
