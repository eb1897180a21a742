"""Any number of limits: an integer programme, solved to optimality by HiGHS (the extra ``search``).

A binary variable a choice, one of them a group; a row a limit. The linear programme's prices give each
choice an excess over the cheapest of its group, computed here in integers. The programme is first solved
over the choices of little excess, which gives a good solution; then over all whose excess does not rule
out a better one. Mostly those are the same few.

Beside a choice that hurts 1e30, a double does not see those that hurt 1. So what alone hurts more than a whole
solution is left out, and the rest solved again at its own scale, until doubles tell the solutions apart. What a
group hurts whichever of its choices it takes, those left out that fit beside no others, is taken off first. Two
solutions that still differ by less than the 11th digit are as good as each other.
"""

from fractions import Fraction
from operator import attrgetter
from time import monotonic
from typing import Any, NamedTuple

from calc.allocation.highs import Kept, OutOfTimeError, Programme
from calc.allocation.problem import AllocationProblem, Solution, fitting, objective, within_limits
from calc.errors import OpError
from calc.extras import install_hint

_CORE = 16
"""Choices beside the cheapest of each group that are tried first."""
_PRICE_BITS = 40
SECONDS = 60.0
"""What a programme may take; the targets are far below."""


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


def solve(problem: AllocationProblem, seconds: float = SECONDS) -> Solution | None:
    """The optimum, or ``None`` where the limits cannot be met together.

    After ``seconds`` the best found so far, whose lower bound then says how far it may be from the optimum.

    Raises OpError without highspy, or where HiGHS gives up or finds nothing in that time.
    """
    highspy = _highspy()
    kept = fitting(problem)
    if not all(kept):
        return None
    lowest = [group.choices[choices[0]].sensitivity for group, choices in zip(problem.groups, kept, strict=True)]
    found = _by_scale(highspy, _above(problem, lowest), kept, monotonic() + seconds)
    if found is None:
        return None
    return Solution(found.chosen, found.objective + sum(lowest), found.lower_bound + sum(lowest))


def _above(problem: AllocationProblem, lowest: list[int]) -> AllocationProblem:
    """``problem`` with each group's sensitivities above the ``lowest`` that it can take."""
    groups = [
        group._replace(choices=tuple([c._replace(sensitivity=c.sensitivity - low) for c in group.choices]))
        for group, low in zip(problem.groups, lowest, strict=True)
    ]
    return problem._replace(groups=tuple(groups))


def _by_scale(highspy: Any, problem: AllocationProblem, kept: Kept, deadline: float) -> Solution | None:
    """The optimum out of ``kept``, the lowest sensitivity of each group 0; ``None`` where there is no solution."""
    found: Solution | None = None
    while True:
        programme = Programme(highspy, problem, kept, deadline)
        try:
            found = _by_excess(problem, kept, programme)
        except OutOfTimeError:
            if found is None:
                raise
            return found
        if found is None or programme.tells_apart(found.objective):
            return found
        rest = [
            [c for c in choices if group.choices[c].sensitivity <= found.objective]
            for group, choices in zip(problem.groups, kept, strict=True)
        ]
        if rest == kept:
            return found
        kept = rest


def _by_excess(problem: AllocationProblem, kept: Kept, programme: Programme) -> Solution | None:
    """The optimum out of ``kept``, or ``None`` where there is no solution."""
    if all(len(choices) == 1 for choices in kept):
        chosen = tuple([choices[0] for choices in kept])
        if not within_limits(problem, chosen):
            return None
        return Solution(chosen, objective(problem, chosen), objective(problem, chosen))
    if problem.widest:  # an excess of a choice is not known where what it costs goes by those of others
        return programme.optimum(kept)
    prices = programme.prices(kept)
    if prices is None:
        return None
    excess = _excess(problem, kept, prices)
    smallest = sorted([value for row in excess.rows for value in row if value])
    size = _CORE
    while smallest:
        most = smallest[min(size, len(smallest)) - 1]
        core = excess.within(kept, most)
        found = programme.optimum(core)
        if found is not None:
            wanted = found.objective * excess.unit - excess.bound
            return found if wanted <= most else _among(excess.within(kept, wanted), found, excess, programme)
        if size >= len(smallest):
            return None
        size *= 4
    return programme.optimum(kept)


def _among(kept: Kept, known: Solution, excess: _Excess, programme: Programme) -> Solution:
    """The optimum out of ``kept``, which have all that is better than ``known``.

    Stopped before that, the better of ``known`` and what was found, above the linear programme's bound.
    """
    linear = max(Fraction(0), Fraction(excess.bound, excess.unit))
    try:
        found = programme.optimum(kept)
    except OutOfTimeError:
        found = None
    if found is None:
        return known._replace(lower_bound=linear)
    better = min(found, known, key=attrgetter("objective"))
    return better._replace(lower_bound=min(better.objective, max(found.lower_bound, linear)))


def _highspy() -> Any:
    try:
        import highspy
    except ImportError:
        raise OpError(
            "integer programming needs highspy, which is not installed",
            f"{install_hint('search')}; for one budget on a sum --solver dynamic needs nothing",
        ) from None
    return highspy


def _excess(problem: AllocationProblem, kept: Kept, prices: list[Fraction]) -> _Excess:
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
