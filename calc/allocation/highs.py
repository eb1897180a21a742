"""The integer programme in HiGHS, which computes with doubles.

The results are therefore checked with integers. The objective is summed again, and a choice that violates a limit
within the tolerance of the solver is excluded before the programme is solved again.
"""

from fractions import Fraction
from itertools import accumulate
from math import gcd
from time import monotonic
from typing import Any, NamedTuple

from calc.allocation.levels import Levels, levels_of
from calc.allocation.problem import AllocationProblem, Solution, objective, within_limits
from calc.errors import OpError

_TOLERANCE = 1e-9
"""The tolerance of feasibility, as a share of each limit."""
_LARGEST = 10**8
"""The sum of the worst choices in the solver's objective. Its gap of 1e-6 is negligible beside it."""
_CLOSE = 10**11
"""The objective divided by the smallest difference that counts, if sensitivities are too large to be integers in the
solver.
"""
_RANGE = 10**6
"""The largest ratio of the sum of the worst choices to the objective for which the solver's gap is smaller than such a
difference.
"""
_FEASIBLE = 2
"""The number by which HiGHS marks a solution that may not be optimal."""

Kept = list[list[int]]
"""The indices of the choices of each group that a programme is solved over."""


class OutOfTimeError(OpError):
    """The time ended before a solution was found. There may be one."""

    def __init__(self) -> None:
        super().__init__(
            "HiGHS ran out of time before it found any bits within the budgets", "--time-limit SECONDS gives it more"
        )


class Programme:
    """The problem in HiGHS. Each limit is scaled to 1, and costs and sensitivities are scaled too.

    The solver works until ``deadline`` on the monotonic clock.
    """

    def __init__(self, highspy: Any, problem: AllocationProblem, kept: Kept, deadline: float) -> None:
        self.highspy = highspy
        self.problem = problem
        self.deadline = deadline
        values = [
            [group.choices[c].sensitivity for c in choices] for group, choices in zip(problem.groups, kept, strict=True)
        ]
        self.worst = worst = sum([max(row) for row in values])
        common = gcd(*[value for row in values for value in row]) or 1
        self.common = common
        self.whole = worst <= 100 * _LARGEST * common  # with integers, the solver rounds its bounds up
        self.scale = Fraction(1, common) if self.whole else Fraction(_LARGEST, worst)

    def tells_apart(self, objective: int) -> bool:
        """Return True if the solver can distinguish solutions near ``objective`` as well as integers, at this scale."""
        return self.whole or self.worst <= _RANGE * objective

    def scaled(self, sensitivity: int | Fraction) -> float:
        """Return a value as the solver sees it. Integers are divided, so that no value exceeds a double."""
        return float(sensitivity * self.scale)

    def prices(self, kept: Kept) -> list[Fraction] | None:
        """Return the sensitivity that a unit of each cost is worth in the linear programme; None if it is
        infeasible.
        """
        model = self._model(kept, integer=False)
        if not self._run(model.solver):
            return None
        if self._empty_handed(model.solver):
            raise OutOfTimeError
        duals = model.solver.getSolution().row_dual[-len(model.scales) :]
        return [-Fraction(dual) / (self.scale * scale) for dual, scale in zip(duals, model.scales, strict=True)]

    def optimum(self, kept: Kept) -> Solution | None:
        """Return the best of the choices ``kept``, or None if they cannot meet the limits.

        After the deadline it is the best found so far. Raises OutOfTimeError if there is none.
        """
        model = self._model(kept, integer=True)
        solver, infinity = model.solver, self.highspy.kHighsInf
        best: Solution | None = None
        while self._run(solver):
            if self._empty_handed(solver):
                if best is None:
                    raise OutOfTimeError
                return best
            values = solver.getSolution().col_value[: len(model.columns)]
            columns = [column for column, value in enumerate(values) if value > 0.5]
            found = self._solution(kept, model, columns, solver.getInfo().mip_dual_bound)
            if found is None or (best is not None and found.objective >= best.objective):
                # it violates a limit within the solver's tolerance, so this one choice is excluded
                solver.addRow(-infinity, len(columns) - 1, len(columns), columns, [1.0] * len(columns))
                continue
            best = found
            step = max(self.common, max(found.objective, self.worst // _RANGE) // _CLOSE)
            if 2 * (found.objective - found.lower_bound) < step or self._late(solver):
                return best
            # HiGHS may call a solution optimal although its bound is lower, so it is asked for a better one
            every, below = list(range(len(model.columns))), self.scaled(found.objective - step) - model.offset
            solver.addRow(-infinity, below, len(every), every, model.objective)
        return best and best._replace(lower_bound=best.objective)

    def _solution(self, kept: Kept, model: "_Model", columns: list[int], bound: float) -> Solution | None:
        """Return the choices for which ``columns`` are 1, or None if they violate a limit. ``bound`` is scaled."""
        taken = dict([model.columns[column] for column in columns])
        chosen = tuple([taken.get(number, choices[0]) for number, choices in enumerate(kept)])
        if not within_limits(self.problem, chosen):
            return None
        found = objective(self.problem, chosen)
        below = Fraction(max(0.0, bound)) / self.scale
        return Solution(chosen, found, below if below < found else found)

    def _late(self, solver: Any) -> bool:
        return bool(solver.getModelStatus() == self.highspy.HighsModelStatus.kTimeLimit)

    def _empty_handed(self, solver: Any) -> bool:
        return self._late(solver) and solver.getInfo().primal_solution_status != _FEASIBLE

    def _run(self, solver: Any) -> bool:
        """Run until the optimum or the deadline. Returns True if there may be a solution."""
        solver.setOptionValue("time_limit", max(0.0, self.deadline - monotonic()))
        solver.run()
        status = solver.getModelStatus()
        if status == self.highspy.HighsModelStatus.kInfeasible:
            return False
        if not self._late(solver) and status != self.highspy.HighsModelStatus.kOptimal:
            raise OpError(f"HiGHS stopped without an optimum: {solver.modelStatusToString(status)}")
        return True

    def _model(self, kept: Kept, integer: bool) -> "_Model":
        """Return the programme for the groups with several choices.

        The costs of all others are subtracted from the limits.
        """
        highspy, limits = self.highspy, self.problem.limits
        pairs = list(zip(self.problem.groups, kept, strict=True))
        fixed = [group.choices[choices[0]] for group, choices in pairs if len(choices) == 1]
        widest = levels_of(self.problem, kept)
        room = [
            limit - sum([choice.costs[k] for choice in fixed]) - base
            for k, (limit, base) in enumerate(zip(limits, widest.base, strict=True))
        ]
        scales = [abs(left) or 1 for left in room]
        columns = [(number, c) for number, choices in enumerate(kept) if len(choices) > 1 for c in choices]
        entries = _entries(self.problem, columns, widest, scales)
        taken = [self.problem.groups[number].choices[c] for number, c in columns]
        programme = highspy.HighsLp()
        programme.offset_ = offset = self.scaled(sum([choice.sensitivity for choice in fixed]))
        programme.num_col_, programme.num_row_ = len(entries.columns), entries.choices + entries.links + len(limits)
        weights = [self.scaled(choice.sensitivity) for choice in taken]
        programme.col_cost_ = weights + [0.0] * (len(entries.columns) - len(columns))
        programme.col_lower_ = [0.0] * len(entries.columns)
        programme.col_upper_ = [1.0] * len(entries.columns)
        infinity = highspy.kHighsInf
        most = [left / scale for left, scale in zip(room, scales, strict=True)]
        programme.row_lower_ = [1.0] * entries.choices + [0.0] * entries.links + [-infinity] * len(limits)
        programme.row_upper_ = [1.0] * entries.choices + [infinity] * entries.links + most
        matrix = programme.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.start_ = [0, *accumulate([len(column) for column in entries.columns])]
        matrix.index_ = [row for column in entries.columns for row in column]
        matrix.value_ = [value for column in entries.columns for value in column.values()]
        if integer:
            programme.integrality_ = [highspy.HighsVarType.kInteger] * len(columns) + [
                highspy.HighsVarType.kContinuous
            ] * (len(entries.columns) - len(columns))
        # not highspy.Highs itself, which from 1.16 prints a banner on standard output before it can be told not to
        solver = highspy.Highs.__base__()
        for name, value in (_OPTIONS | (_OPTIONS_OF_LEVELS if widest.levels else {})).items():
            solver.setOptionValue(name, value)
        solver.passModel(programme)
        return _Model(solver, columns, scales, weights, offset)


class _Entries(NamedTuple):
    """The columns of the matrix, each with its values by row: first those of choices, then those of levels.

    The rows are one for each group with ``choices``, then the ``links`` from choices to the levels that they reach,
    then one for each limit.
    """

    columns: list[dict[int, float]]
    choices: int
    links: int


def _entries(problem: AllocationProblem, columns: list[tuple[int, int]], widest: Levels, scales: list[int]) -> _Entries:
    rows_of = {number: row for row, number in enumerate(dict.fromkeys([number for number, _ in columns]))}
    links = sum([len(level.reached) for level in widest.levels])
    limit_rows = range(len(rows_of) + links, len(rows_of) + links + len(problem.limits))
    found: dict[tuple[int, int], dict[int, float]] = {}
    for number, c in columns:
        alone = widest.alone.get((number, c), {})
        costs = [cost + alone.get(k, 0) for k, cost in enumerate(problem.groups[number].choices[c].costs)]
        paid = {row: cost / scale for row, cost, scale in zip(limit_rows, costs, scales, strict=True) if cost}
        found[number, c] = {rows_of[number]: 1.0, **paid}
    of_levels = []
    link = len(rows_of)
    for level in widest.levels:
        column = {limit_rows[k]: level.rise / scales[k] for k in level.limits}
        for pairs in level.reached:
            column[link] = 1.0
            for pair in pairs:
                found[pair][link] = -1.0
            link += 1
        of_levels.append(column)
    return _Entries([*found.values(), *of_levels], len(rows_of), links)


class _Model(NamedTuple):
    """A programme in HiGHS: the group and choice of each column, the scale of each limit, and the objective."""

    solver: Any
    columns: list[tuple[int, int]]
    scales: list[int]
    objective: list[float]
    offset: float


_OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "presolve": "off",  # there is little to reduce, and HiGHS would repeat it after fixing a few columns
    "mip_heuristic_effort": 0.0,  # the optimum of the core is a better start than those of heuristics
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 0.0,
    "mip_feasibility_tolerance": _TOLERANCE,
    "primal_feasibility_tolerance": _TOLERANCE,
}
_OPTIONS_OF_LEVELS = {"presolve": "choose", "mip_heuristic_effort": 0.05}
"""The default values of HiGHS, for a programme that is solved as a whole."""
