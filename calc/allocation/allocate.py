"""Chooses the bits of each layer that lose the least within budgets, with a proof that no choice loses less."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import ceil
from time import perf_counter
from typing import NamedTuple

from calc.allocation import dynamic_programme, integer_programme
from calc.allocation.budgets import AllocationBudget
from calc.allocation.build import Widths, build_problem, checked_widths
from calc.allocation.integer_programme import SECONDS
from calc.allocation.problem import AllocationProblem, Solution, least
from calc.allocation.quantities import PEAK, AllocatedQuantity, PeakQuantity
from calc.allocation.sensitivities import Sensitivities
from calc.allocation.ties import groups, pins
from calc.analysis import Analysis
from calc.errors import OpError
from calc.model.graph import Bits
from calc.precision.base import Assigned, Assignment
from calc.precision.roles import PAPER, Roles

SOLVERS = ("auto", "dynamic", "integer")
DYNAMIC = "dynamic programme"
INTEGER = "integer programme (HiGHS)"


class Infeasible(Exception):  # noqa: N818  # an answer, not a fault
    """No choice of bits meets the budgets.

    ``fact`` names the budgets, and ``hint`` the smallest value that each of them can have.

    >>> from calc import Infeasible, allocate
    >>> try:
    ...     allocate("alexnet", "weight_bytes=1MB", bits=[2, 4, 8])
    ... except Infeasible as error:
    ...     print(error.hint)
    the smallest budget that can be met: weight_bytes=15314000
    """

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(fact)
        self.fact = fact
        self.hint = hint


class Used(NamedTuple):
    """A budget, and how much of it the chosen bits use."""

    budget: AllocationBudget
    used: int | float


class Allocation(NamedTuple):
    """The result of an allocation. ``analysis`` is the network at the chosen bits.

    Sensitivities are summed over layers.

    ``lower_bound`` is proved: no choice within the budgets has a smaller sum. ``seconds`` is the time of the solver
    alone.
    """

    analysis: Analysis
    objective: float
    lower_bound: float
    budgets: tuple[Used, ...]
    sensitivity: str
    solver: str
    seconds: float
    per_layer: tuple[float | None, ...]
    measured: bool

    @property
    def gap(self) -> float:
        """The distance from the objective to the proved lower bound, as a share of the objective."""
        return (self.objective - self.lower_bound) / self.objective if self.objective else 0.0

    @property
    def optimal(self) -> bool:
        """True if the choice is optimal, up to the precision of doubles if the integer programme found it."""
        return self.gap < 1e-9

    @property
    def bits(self) -> list[tuple[str, Bits]]:
        """The layers with MACs, and their bits."""
        graph = self.analysis.graph
        return [(node.name, row.bits) for node, row in zip(graph.nodes, self.analysis.assigned, strict=True) if row]


class Chosen(NamedTuple):
    """The policy of an assignment that was computed. Tensors that no layer multiplies are stored as in ``paper``."""

    assigned: Assignment
    name: str = "allocated"
    roles: Roles = PAPER

    def assign(self, graph: object, counts: object) -> Assignment:
        """Return the bits. They belong to the network that they were computed for, whatever ``graph`` is."""
        return self.assigned


def allocate(
    analysis: Analysis,
    budgets: Sequence[AllocationBudget],
    widths: Widths,
    sensitivities: Sensitivities,
    *,
    pinned: Sequence[str] = (),
    tied: Sequence[str] = (),
    solver: str = "auto",
    seconds: float = SECONDS,
) -> Allocation:
    """Return the bits out of ``widths`` with the smallest sum of ``sensitivities`` within all ``budgets``.

    ``pinned`` and ``tied`` have the form of ``--pin`` and ``--tie``. ``solver`` is ``dynamic`` for a single budget,
    ``integer`` for any number of budgets (needs highspy), or ``auto``. With ``auto`` the dynamic programme is used if
    it can be, and if it leaves a gap, the integer programme is used too if it is installed. ``seconds`` limits the
    integer programme, which then returns the best choice found so far.

    Raises Infeasible if no bits meet the budgets, and OpError or SpecError for bad input.
    """
    widths = checked_widths(widths)
    if not budgets:
        raise OpError("no budget: without one, the widest bits are the best", "--budget bitops.product=5G")
    if len({budget.quantity.name for budget in budgets}) < len(budgets):
        names = [budget.quantity.name for budget in budgets]
        raise OpError(
            f"two budgets are on {next(name for name in names if names.count(name) > 1)}", "the smaller one is enough"
        )
    peak = next((budget for budget in budgets if isinstance(budget.quantity, PeakQuantity)), None)
    if solver == "dynamic" and len(budgets) > 1:
        raise OpError(f"the dynamic programme takes one budget, got {len(budgets)}", "--solver integer")
    if solver == "dynamic" and peak is not None:
        raise OpError(f"the dynamic programme takes a sum, and {PEAK} is a maximum", "--solver integer")
    fixed = widths.activations if isinstance(widths.activations, int) else None
    members = groups(analysis, tied)
    limits = [
        (budget.quantity, budget.room(analysis)) for budget in budgets if isinstance(budget.quantity, AllocatedQuantity)
    ]
    given = pins(analysis, pinned, fixed)
    most = None if peak is None else peak.room(analysis)
    problem, unit = build_problem(analysis, members, widths, given, sensitivities, limits, most)
    start = perf_counter()
    name, solution = _solved(problem, solver, seconds)
    taken = perf_counter() - start
    if solution is None:
        raise _infeasible(analysis, budgets, problem, given)
    found = analysis.with_bits(Chosen(_assignment(analysis, problem, solution.chosen, given)))
    used = tuple([Used(budget, budget.quantity.total(found.totals)) for budget in budgets])
    return Allocation(
        found,
        float(solution.objective * unit),
        float(solution.lower_bound * unit),
        used,
        sensitivities.name,
        name,
        taken,
        _per_layer(found, sensitivities, apart=widths.activations == "apart"),
        sensitivities.measured,
    )


def _solved(problem: AllocationProblem, solver: str, seconds: float) -> tuple[str, Solution | None]:
    """Return the name of the solver that was used, and its solution."""
    if solver == "integer" or len(problem.limits) > 1 or problem.widest:
        return INTEGER, integer_programme.solve(problem, seconds)
    found = dynamic_programme.solve(problem)
    if solver == "auto" and found is not None and found.lower_bound < found.objective:
        with suppress(OpError):  # without highspy or an answer from it, the result states the gap
            other = integer_programme.solve(problem, seconds)
            if other is not None and other.objective <= found.objective:
                return INTEGER, other._replace(lower_bound=max(other.lower_bound, found.lower_bound))
    return DYNAMIC, found


def _assignment(
    analysis: Analysis, problem: AllocationProblem, chosen: Sequence[int], pinned: Mapping[int, Bits]
) -> Assignment:
    assigned: list[Assigned | None] = [None] * len(analysis.graph.nodes)
    for group, choice in zip(problem.groups, chosen, strict=True):
        bits = group.choices[choice].bits
        rule = "pinned" if any(node in pinned for node in group.nodes) else "allocated"
        for node in group.nodes:
            assigned[node] = Assigned(bits, f"{rule}: {bits.format.name}" if bits.format else rule)
    return tuple(assigned)


def _per_layer(found: Analysis, sensitivities: Sensitivities, *, apart: bool) -> tuple[float | None, ...]:
    """Return the sensitivity of each node at its bits; None for nodes without weights of their own in MACs."""
    return tuple(
        [
            sensitivities.weight(node, row.bits.weight)
            + (sensitivities.activation(node, row.bits.activation) if apart else 0.0)
            if row and found.counts[node].weight_elements
            else None
            for node, row in enumerate(found.assigned)
        ]
    )


def _infeasible(
    analysis: Analysis, budgets: Sequence[AllocationBudget], problem: AllocationProblem, pinned: Mapping[int, Bits]
) -> Infeasible:
    """Return the error, with the smallest possible budgets.

    Costs rise with bits, so the narrowest bits have all minima.
    """
    facts = []
    lows, rooms = iter(least(problem)), iter(problem.limits)
    for budget in budgets:
        if isinstance(budget.quantity, PeakQuantity):
            smallest = budget.quantity.total(_narrowest(analysis, problem, pinned).totals)
            exceeded = smallest > budget.limit
        else:
            low = next(lows)
            smallest, exceeded = ceil(budget.quantity.cost.total(analysis.counts, low)), low > next(rooms)
        if exceeded:
            facts.append((budget, smallest))
    named = "; ".join([f"{budget.quantity.name}={budget.text}" for budget, _ in facts])
    hint = ", ".join([f"{budget.quantity.name}={smallest}" for budget, smallest in facts])
    return Infeasible(f"no choice of bits meets {named}", f"the smallest budget that can be met: {hint}")


def _narrowest(analysis: Analysis, problem: AllocationProblem, pinned: Mapping[int, Bits]) -> Analysis:
    widths = [[choice.bits[:2] for choice in group.choices] for group in problem.groups]
    chosen = [row.index(min(row)) for row in widths]
    return analysis.with_bits(Chosen(_assignment(analysis, problem, chosen, pinned)))
