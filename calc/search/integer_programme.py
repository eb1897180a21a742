"""Any number of limits: an integer programme, solved to optimality by HiGHS (the extra ``search``).

A binary variable a choice, one of them a group; a row a limit. The linear programme's prices give each
choice an excess over the cheapest of its group, computed here in integers. The programme is first solved
over the choices of little excess, which gives a good solution; then over all whose excess does not rule
out a better one. Mostly those are the same few.

HiGHS computes in doubles, so what it finds is checked in integers: the objective is added up again, and a
choice that breaks a limit by less than the solver's tolerance is cut off and the programme solved again.
"""

from typing import Any, NamedTuple

from calc.errors import OpError
from calc.search.problem import Problem, Solution, costs, least, objective, undominated

_TOLERANCE = 1e-9
"""Of feasibility, as a part of each limit."""
_LARGEST = 1e8
"""What the worst choices add up to in the solver's objective: its gap of 1e-6 is then nothing."""
_CORE = 64
"""Choices beside the cheapest of each group that are tried first."""
_PRICE_BITS = 40

Kept = list[list[int]]
"""The indices of the choices of each group that a programme is solved over."""


class _Excess(NamedTuple):
    """Each kept choice's excess, and of the whole: what an unbeaten sensitivity leaves. In ``unit``s of sensitivity."""

    unit: int
    bound: int
    rows: list[list[int]]

    def within(self, kept: Kept, most: int) -> Kept:
        """The choices whose excess is at most ``most``."""
        return [
            [c for c, excess in zip(choices, row, strict=True) if excess <= most]
            for choices, row in zip(kept, self.rows, strict=True)
        ]


def solve(problem: Problem) -> Solution | None:
    """The optimum, or ``None`` where the limits cannot be met together.

    Raises OpError without highspy, or where HiGHS gives up.
    """
    highspy = _highspy()
    if any(low > limit for low, limit in zip(least(problem), problem.limits, strict=True)):
        return None
    kept = [undominated(group) for group in problem.groups]
    programme = _Programme(highspy, problem)
    prices = programme.prices(kept)
    if prices is None:
        return None
    excess = _excess(problem, kept, prices)
    smallest = sorted([value for row in excess.rows for value in row if value])
    core = excess.within(kept, smallest[_CORE] if len(smallest) > _CORE else smallest[-1] if smallest else 0)
    found = programme.optimum(core)
    if found is not None:
        wanted = excess.within(kept, found.objective * excess.unit - excess.bound)
        if all(set(row) <= set(tried) for row, tried in zip(wanted, core, strict=True)):
            return found
        kept = wanted
    return programme.optimum(kept)


def _highspy() -> Any:
    try:
        import highspy
    except ImportError:
        raise OpError(
            "integer programming needs highspy, which is not installed",
            "pip install 'macbits[search]'; for one budget --solver dynamic needs nothing",
        ) from None
    return highspy


def _excess(problem: Problem, kept: Kept, prices: list[float]) -> _Excess:
    """By the Lagrangian of the limits at ``prices``, sensitivity per cost, rounded to integers of a common unit."""
    unit = 1 << _PRICE_BITS
    whole = [max(0, round(price * unit)) for price in prices]
    values = [
        [
            unit * group.choices[c].sensitivity
            + sum([p * cost for p, cost in zip(whole, group.choices[c].costs, strict=True)])
            for c in choices
        ]
        for group, choices in zip(problem.groups, kept, strict=True)
    ]
    lowest = [min(row) for row in values]
    bound = sum(lowest) - sum([p * limit for p, limit in zip(whole, problem.limits, strict=True)])
    return _Excess(unit, bound, [[value - low for value in row] for row, low in zip(values, lowest, strict=True)])


class _Programme:
    """The problem in HiGHS: each limit is 1, costs are parts of it, sensitivities are scaled."""

    def __init__(self, highspy: Any, problem: Problem) -> None:
        self.highspy = highspy
        self.problem = problem
        worst = sum([max([choice.sensitivity for choice in group.choices]) for group in problem.groups])
        self.scale = _LARGEST / (worst or 1)

    def prices(self, kept: Kept) -> list[float] | None:
        """What a unit of each cost is worth in sensitivity, at the optimum of the linear programme; None: infeasible."""
        solver = self._solver(kept, integer=False)
        if not self._run(solver):
            return None
        duals = solver.getSolution().row_dual[len(self.problem.groups) :]
        return [-dual / (self.scale * (limit or 1)) for dual, limit in zip(duals, self.problem.limits, strict=True)]

    def optimum(self, kept: Kept) -> Solution | None:
        """The best of the choices ``kept``, or ``None`` where they cannot meet the limits."""
        solver = self._solver(kept, integer=True)
        while self._run(solver):
            columns = [column for column, value in enumerate(solver.getSolution().col_value) if value > 0.5]
            flat = [c for choices in kept for c in choices]
            chosen = tuple([flat[column] for column in columns])
            if all(used <= most for used, most in zip(costs(self.problem, chosen), self.problem.limits, strict=True)):
                found = objective(self.problem, chosen)
                return Solution(chosen, found, min(found, solver.getInfo().mip_dual_bound / self.scale))
            solver.addRow(-self.highspy.kHighsInf, len(columns) - 1, len(columns), columns, [1.0] * len(columns))
        return None

    def _run(self, solver: Any) -> bool:
        solver.run()
        status = solver.getModelStatus()
        if status == self.highspy.HighsModelStatus.kInfeasible:
            return False
        if status != self.highspy.HighsModelStatus.kOptimal:
            raise OpError(f"HiGHS stopped without an optimum: {solver.modelStatusToString(status)}")
        return True

    def _solver(self, kept: Kept, integer: bool) -> Any:
        highspy, limits, groups = self.highspy, self.problem.limits, len(self.problem.groups)
        objective: list[float] = []
        starts, rows, entries = [0], [], []
        for number, (group, choices) in enumerate(zip(self.problem.groups, kept, strict=True)):
            for c in choices:
                choice = group.choices[c]
                objective.append(choice.sensitivity * self.scale)
                rows += [number, *range(groups, groups + len(limits))]
                entries += [1.0, *[part / (limit or 1) for part, limit in zip(choice.costs, limits, strict=True)]]
                starts.append(len(rows))
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(objective), groups + len(limits)
        programme.col_cost_ = objective
        programme.col_lower_, programme.col_upper_ = [0.0] * len(objective), [1.0] * len(objective)
        programme.row_lower_ = [1.0] * groups + [-highspy.kHighsInf] * len(limits)
        programme.row_upper_ = [1.0] * groups + [1.0 if limit else 0.0 for limit in limits]
        programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        programme.a_matrix_.start_, programme.a_matrix_.index_, programme.a_matrix_.value_ = starts, rows, entries
        if integer:
            programme.integrality_ = [highspy.HighsVarType.kInteger] * len(objective)
        solver = highspy.Highs()
        for name, value in _OPTIONS.items():
            solver.setOptionValue(name, value)
        solver.passModel(programme)
        return solver


_OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "presolve": "off",  # dominated choices are gone already; what it finds besides costs more than it saves
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
    "mip_feasibility_tolerance": _TOLERANCE,
    "primal_feasibility_tolerance": _TOLERANCE,
}
