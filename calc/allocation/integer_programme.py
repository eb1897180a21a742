"""An integer programme for any number of limits, solved to optimality by HiGHS (the extra ``search``).

There is a binary variable for each choice, one row for each group and one for each limit. At the prices of the linear
programme, every choice has an excess over the cheapest one of its group, computed here in integers. The programme is
first solved over the choices with little excess, which gives a good solution. Then it is solved over all choices whose
excess does not exclude a better one. These are usually the same few choices.

Doubles cannot represent sensitivities of 1 next to one of 1e30. So choices that alone exceed a whole solution are left
out, and the rest is solved again at its own scale, until doubles distinguish the solutions. The smallest sensitivity
that a group can have is subtracted first. Two solutions that then differ by less than the 11th digit count as equally
good.
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
"""The number of choices that are tried first, in addition to the cheapest of each group."""
_PRICE_BITS = 40
SECONDS = 60.0
"""The default time limit."""


class _Excess(NamedTuple):
    """The excess of each choice that is kept, and the bound of the whole, in units of 1 / ``unit`` of sensitivity."""

    unit: int
    bound: int
    rows: list[list[int]]

    def within(self, kept: Kept, most: int) -> Kept:
        """Return the choices whose excess is at most ``most``."""
        return [
            [c for c, excess in zip(choices, row, strict=True) if excess <= most]
            for choices, row in zip(kept, self.rows, strict=True)
        ]


def solve(problem: AllocationProblem, seconds: float = SECONDS) -> Solution | None:
    """Return the optimum, or None if the limits cannot be met together.

    After ``seconds`` it is the best found so far, and its lower bound limits the distance to the optimum.

    Raises OpError if highspy is missing, or if HiGHS fails or finds nothing in this time.
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
    """Return ``problem`` with the ``lowest`` sensitivity of each group subtracted."""
    groups = [
        group._replace(choices=tuple([c._replace(sensitivity=c.sensitivity - low) for c in group.choices]))
        for group, low in zip(problem.groups, lowest, strict=True)
    ]
    return problem._replace(groups=tuple(groups))


def _by_scale(highspy: Any, problem: AllocationProblem, kept: Kept, deadline: float) -> Solution | None:
    """Return the optimum of the choices ``kept``, in which each group has the smallest sensitivity 0; or None."""
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
    """Return the optimum of the choices ``kept``, or None if there is no solution."""
    if all(len(choices) == 1 for choices in kept):
        chosen = tuple([choices[0] for choices in kept])
        if not within_limits(problem, chosen):
            return None
        return Solution(chosen, objective(problem, chosen), objective(problem, chosen))
    if problem.widest:  # the excess of a choice is not known if its cost depends on other choices
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
    """Return the optimum of the choices ``kept``, which contain everything better than ``known``.

    If the time ends before, it is the better of ``known`` and what was found, with the bound of the linear programme.
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
    """Return the excess in the Lagrangian of the limits at ``prices``, rounded to integers of a common unit."""
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
