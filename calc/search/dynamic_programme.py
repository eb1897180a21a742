"""One limit: an exact dynamic programme over the groups, in integers.

States are pairs of cost and sensitivity; those that another one beats in both are dropped (Nemhauser and
Ullmann 1969). Most of the rest go by a bound: with a price on the cost, the linear programme's own, every
choice has an excess over the cheapest choice of its group, and a state whose excess exceeds the distance
between the best solution known and the bound cannot lead to a better one (the core idea of Pisinger's
"A minimal algorithm for the multiple-choice knapsack problem", 1995).
"""

from typing import Any, NamedTuple

from calc.search.problem import Problem, Solution, objective, undominated


class _Step(NamedTuple):
    """A more sensitive but cheaper choice replaced by the next on the group's lower hull."""

    gain: int
    cost: int
    group: int
    choice: int


class _Row(NamedTuple):
    """A group as the programme walks it: choices as (cost, sensitivity, index), and the cheapest at the price."""

    group: int
    choices: list[tuple[int, int, int]]
    priced: tuple[int, int, int]
    excess: list[int]


def solve(problem: Problem) -> Solution | None:
    """The optimum, proven, or ``None`` where the limit cannot be met. Takes problems with one limit."""
    (limit,) = problem.limits
    choices = [
        [(group.choices[c].costs[0], group.choices[c].sensitivity, c) for c in reversed(undominated(group))]
        for group in problem.groups
    ]
    if sum([row[0][0] for row in choices]) > limit:
        return None
    chosen, price = _greedy(choices, limit)
    best = tuple([row[at][2] for row, at in zip(choices, chosen, strict=True)])
    if price is not None:
        improved = _search(choices, limit, price, objective(problem, best))
        if improved is not None:
            best = tuple(improved)
    found = objective(problem, best)
    return Solution(best, found, found)


def _greedy(choices: list[list[tuple[int, int, int]]], limit: int) -> tuple[list[int], tuple[int, int] | None]:
    """A good solution, and the price of cost in sensitivity (as gain, cost) at the linear programme's optimum.

    No price: the solution takes the least sensitive choice everywhere.
    """
    from functools import cmp_to_key

    steps = [step for number, row in enumerate(choices) for step in _hull(number, row)]
    steps.sort(key=cmp_to_key(lambda a, b: b.gain * a.cost - a.gain * b.cost))
    room = limit - sum([row[0][0] for row in choices])
    chosen = [0] * len(choices)
    closed: set[int] = set()
    price = None
    for step in steps:
        if step.group in closed:
            continue
        if step.cost <= room:
            room -= step.cost
            chosen[step.group] = step.choice
        else:
            price = price or (step.gain, step.cost)
            closed.add(step.group)
    return chosen, price


def _hull(number: int, row: list[tuple[int, int, int]]) -> list[_Step]:
    """The steps of the lower convex hull of a group's choices, by rising cost."""
    hull: list[int] = []
    for at, (cost, sensitivity, _) in enumerate(row):
        while len(hull) > 1:
            (a, sa, _), (b, sb, _) = row[hull[-2]], row[hull[-1]]
            if (sa - sb) * (cost - b) > (sb - sensitivity) * (b - a):
                break
            hull.pop()
        hull.append(at)
    return [
        _Step(row[a][1] - row[b][1], row[b][0] - row[a][0], number, b) for a, b in zip(hull, hull[1:], strict=False)
    ]


def _search(
    choices: list[list[tuple[int, int, int]]], limit: int, price: tuple[int, int], known: int
) -> list[int] | None:
    """Choices of a lower sensitivity than ``known``, the lowest there is, or ``None``."""
    gain, per = price
    rows = [_row(number, row, gain, per) for number, row in enumerate(choices)]
    bound = sum([per * row.priced[1] + gain * row.priced[0] for row in rows]) - gain * limit
    # those with the least to lose first: their choices are open longest, and a good solution turns up early
    rows.sort(key=lambda row: min([excess for excess in row.excess if excess] or [0]))
    found: list[int] | None = None
    rest_cost = sum([row.priced[0] for row in rows])
    rest_sensitivity = sum([row.priced[1] for row in rows])
    rest_least = sum([row.choices[0][0] for row in rows])
    # a state: cost, sensitivity, excess so far, and the choices that led to it as a linked list
    states: list[tuple[int, int, int, Any]] = [(0, 0, 0, None)]
    for row in rows:
        rest_cost -= row.priced[0]
        rest_sensitivity -= row.priced[1]
        rest_least -= row.choices[0][0]
        slack = per * known - bound
        grown = [
            (cost + c, sensitivity + s, so_far + excess, (link, row.group, index))
            for (c, s, index), excess in zip(row.choices, row.excess, strict=True)
            if excess < slack
            for cost, sensitivity, so_far, link in states
            if so_far + excess < slack and cost + c + rest_least <= limit
        ]
        grown.sort(key=lambda state: state[:2])
        states = []
        lowest = None
        for state in grown:
            if lowest is not None and state[1] >= lowest:
                continue
            lowest = state[1]
            states.append(state)
            if state[0] + rest_cost <= limit and lowest + rest_sensitivity < known:
                known = lowest + rest_sensitivity
                found = _unlink(state[3], rows)
    return found


def _row(number: int, row: list[tuple[int, int, int]], gain: int, per: int) -> _Row:
    values = [per * sensitivity + gain * cost for cost, sensitivity, _ in row]
    lowest = min(values)
    return _Row(number, row, row[values.index(lowest)], [value - lowest for value in values])


def _unlink(link: Any, rows: list[_Row]) -> list[int]:
    """The choices that a state stands for; groups it has not come to take the cheapest at the price."""
    chosen = [0] * len(rows)
    for row in rows:
        chosen[row.group] = row.priced[2]
    while link is not None:
        link, group, index = link
        chosen[group] = index
    return chosen
