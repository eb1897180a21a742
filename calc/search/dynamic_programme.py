"""One limit: an exact dynamic programme over the groups, in integers.

States are pairs of cost and sensitivity; those that another one beats in both are dropped (Nemhauser and
Ullmann, "Discrete dynamic programming and capital allocation", 1969). Most of the rest go by a bound: with
a price on the cost, the linear programme's own, every choice has an excess over the cheapest of its group,
and a state whose excess exceeds the distance between the best solution known and the bound leads to none
that is better (the core of Pisinger, "A minimal algorithm for the multiple-choice knapsack problem", 1995).
"""

from functools import cmp_to_key
from math import gcd
from typing import Any, NamedTuple

from calc.search.problem import Problem, Solution, objective, undominated


class _Option(NamedTuple):
    """A choice worth making, and its index in its group."""

    cost: int
    sensitivity: int
    index: int


class _Step(NamedTuple):
    """From one option of a group to the next on its lower hull: ``gain`` in sensitivity for ``cost``."""

    gain: int
    cost: int
    group: int
    option: int


class _Row(NamedTuple):
    """A group with its option in the solution before the limit breaks, and each option's excess at the price."""

    group: int
    options: list[_Option]
    base: _Option
    excess: list[int]


def solve(problem: Problem) -> Solution | None:
    """The optimum, proven, or ``None`` where the limit cannot be met. Takes problems with one limit."""
    (limit,) = problem.limits
    options = [
        [_Option(group.choices[c].costs[0], group.choices[c].sensitivity, c) for c in reversed(undominated(group))]
        for group in problem.groups
    ]
    least = sum([row[0].cost for row in options])
    if least > limit:
        return None
    limit -= (limit - least) % (gcd(*[option.cost - row[0].cost for row in options for option in row]) or 1)
    steps = [step for number, row in enumerate(options) for step in _hull(number, row)]
    steps.sort(key=cmp_to_key(lambda a, b: b.gain * a.cost - a.gain * b.cost))
    base, filled, price = _greedy(options, steps, limit - least)
    best = tuple([row[at].index for row, at in zip(options, filled, strict=True)])
    if price is not None:
        improved = _search([row[at] for row, at in zip(options, base, strict=True)], options, limit, price, best)
        best = improved or best
    found = objective(problem, best)
    return Solution(best, found, found)


def _hull(number: int, row: list[_Option]) -> list[_Step]:
    """The steps of the lower convex hull of a group's options, by rising cost."""
    hull: list[int] = []
    for at, (cost, sensitivity, _) in enumerate(row):
        while len(hull) > 1:
            (a, sa, _), (b, sb, _) = row[hull[-2]], row[hull[-1]]
            if (sa - sb) * (cost - b) > (sb - sensitivity) * (b - a):
                break
            hull.pop()
        hull.append(at)
    return [
        _Step(row[a].sensitivity - row[b].sensitivity, row[b].cost - row[a].cost, number, b)
        for a, b in zip(hull, hull[1:], strict=False)
    ]


def _greedy(
    options: list[list[_Option]], steps: list[_Step], room: int
) -> tuple[list[int], list[int], _Step | None]:
    """The options taken until the first step that does not fit, those with what fits after it, and that step.

    Its gain and cost are the price of the linear programme. No step: everything fits.
    """
    taken = [0] * len(options)
    base, price = taken, None
    closed: set[int] = set()
    for step in steps:
        if step.group in closed:
            continue
        if step.cost <= room:
            room -= step.cost
            taken[step.group] = step.option
            continue
        if price is None:
            base, price = list(taken), step
        closed.add(step.group)
    return base, taken, price


def _search(
    base: list[_Option], options: list[list[_Option]], limit: int, price: _Step, best: tuple[int, ...]
) -> tuple[int, ...] | None:
    """Choices of the lowest sensitivity, if it is lower than that of ``best``."""
    rows = [_row(number, base[number], row, price) for number, row in enumerate(options)]
    bound = sum([price.cost * row.base.sensitivity + price.gain * row.base.cost for row in rows]) - price.gain * limit
    by_index = [{option.index: option.sensitivity for option in row} for row in options]
    known = sum([row[index] for row, index in zip(by_index, best, strict=True)])
    least_gain = gcd(*[option.sensitivity - row[0].sensitivity for row in options for option in row])
    # the groups nearest to a change first: their options stay open longest, and good solutions turn up early
    rows.sort(key=lambda row: sorted(row.excess)[1:2] or [0])
    rest_least = sum([row.options[0].cost for row in rows])
    found: Any = None
    # a state: cost and sensitivity with the base in the groups to come, excess, the choices made as a linked list
    start = (sum([row.base.cost for row in rows]), sum([row.base.sensitivity for row in rows]), 0, None)
    states: list[tuple[int, int, int, Any]] = [start]
    rest_base = start[0]
    for row in rows:
        rest_base -= row.base.cost
        rest_least -= row.options[0].cost
        most = price.cost * (known - least_gain) - bound
        if most < 0:
            break
        highest = limit + rest_base - rest_least
        grown = []
        for option, excess in zip(row.options, row.excess, strict=True):
            if excess > most:
                continue
            dearer, worse = option.cost - row.base.cost, option.sensitivity - row.base.sensitivity
            chosen = None if option is row.base else (row.group, option.index)
            grown += [
                (cost + dearer, sensitivity + worse, so_far + excess, link if chosen is None else (link, chosen))
                for cost, sensitivity, so_far, link in states
                if so_far + excess <= most and cost + dearer <= highest
            ]
        grown.sort(key=lambda state: state[:2])
        states = []
        lowest = None
        for state in grown:
            cost, sensitivity, _, link = state
            if lowest is not None and sensitivity >= lowest:
                continue
            lowest = sensitivity
            states.append(state)
            if cost <= limit and sensitivity < known:
                known, found = sensitivity, link
    if found is None:
        return None
    chosen = [option.index for option in base]
    while found is not None:
        found, (group, index) = found
        chosen[group] = index
    return tuple(chosen)


def _row(number: int, base: _Option, row: list[_Option], price: _Step) -> _Row:
    values = [price.cost * option.sensitivity + price.gain * option.cost for option in row]
    lowest = min(values)
    return _Row(number, row, base, [value - lowest for value in values])
