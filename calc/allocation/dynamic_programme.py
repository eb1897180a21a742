"""An exact dynamic programme over the groups for one limit, in integers.

A state is a pair of cost and sensitivity. States that another one beats in both are dropped (Nemhauser and Ullmann,
"Discrete dynamic programming and capital allocation", 1969). Most other states are removed by a bound. At the price
that the linear programme gives to a unit of cost, every choice has an excess over the cheapest one of its group. If the
excess of a state exceeds the distance between the best known solution and the bound, the state cannot lead to a better
solution (the core of Pisinger, "A minimal algorithm for the multiple-choice knapsack problem", 1995).

If sensitivities are proportional to costs, as when many weights lose equally, the bound removes few states. The number
of states is therefore limited. Above the limit, the states with the smallest excess are kept, and the smallest excess
of the dropped ones gives the lower bound.
"""

from bisect import bisect_right
from functools import cmp_to_key
from itertools import pairwise
from math import gcd
from operator import itemgetter
from typing import Any, NamedTuple

from calc.allocation.problem import AllocationProblem, Solution, objective, undominated


class _Option(NamedTuple):
    """A choice that no other one dominates, and its place in the group."""

    cost: int
    sensitivity: int
    choice: int


class _Step(NamedTuple):
    """The step from one option of a group to the next on its lower hull: ``gain`` in sensitivity for ``cost``."""

    gain: int
    cost: int
    group: int
    option: int


class _Row(NamedTuple):
    """A group with its option in the first greedy solution, and the excess of each option at the price."""

    group: int
    options: list[_Option]
    base: _Option
    excess: list[int]


MOST_STATES = 2_000_000
"""The limit for all states together, which takes a few seconds."""


def solve(problem: AllocationProblem, most_states: int = MOST_STATES) -> Solution | None:
    """Return the optimum, or None if the limit cannot be met. The problem must have one limit.

    The optimum is proved unless the search reaches ``most_states``. The lower bound then limits the distance to the
    optimum.
    """
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
    steps.sort(key=cmp_to_key(_steeper))
    base, filled, price = _greedy(options, steps, limit - least)
    best = tuple([row[at].choice for row, at in zip(options, filled, strict=True)])
    if price is None:
        return Solution(best, objective(problem, best), objective(problem, best))
    search = _Search(options, base, limit, price, most_states)
    improved = search.run(objective(problem, best))
    best = tuple([improved.get(group, index) for group, index in enumerate(best)])
    return Solution(best, objective(problem, best), search.lower_bound)


def _steeper(a: _Step, b: _Step) -> int:
    """Compare two steps. The result is negative if ``a`` gains more for its cost."""
    return b.gain * a.cost - a.gain * b.cost


def _hull(number: int, row: list[_Option]) -> list[_Step]:
    """Return the steps of the lower convex hull of a group's options, by rising cost."""
    hull: list[int] = []
    for at, (cost, sensitivity, _) in enumerate(row):
        while len(hull) > 1:
            (a, sa, _), (b, sb, _) = row[hull[-2]], row[hull[-1]]
            if (sa - sb) * (cost - b) > (sb - sensitivity) * (b - a):
                break
            hull.pop()
        hull.append(at)
    return [
        _Step(row[a].sensitivity - row[b].sensitivity, row[b].cost - row[a].cost, number, b) for a, b in pairwise(hull)
    ]


def _greedy(options: list[list[_Option]], steps: list[_Step], room: int) -> tuple[list[int], list[int], _Step | None]:
    """Return the options before the first step that does not fit, those with all later steps that fit, and this step.

    The step is None if everything fits. Its gain and cost are the price of the linear programme.
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


class _Search:
    """The search for better solutions than the known one.

    A state has the cost and the sensitivity, with the greedy options for the groups to come, the excess so far, and the
    changes from the greedy options as a linked list of (group, option).
    """

    def __init__(
        self, options: list[list[_Option]], base: list[int], limit: int, price: _Step, most_states: int
    ) -> None:
        self.limit = limit
        self.price = price
        self.rows = [
            _row(number, row[at], row, price) for number, (row, at) in enumerate(zip(options, base, strict=True))
        ]
        self.rows.sort(key=_nearness)
        self.cost = sum([row.base.cost for row in self.rows])
        self.sensitivity = sum([row.base.sensitivity for row in self.rows])
        self.bound = price.cost * self.sensitivity + price.gain * (self.cost - limit)
        self.least_gain = gcd(*[option.sensitivity - row[0].sensitivity for row in options for option in row])
        self.known = 0
        self.found: Any = None
        self.states_left = most_states
        self.least_dropped: int | None = None

    @property
    def most(self) -> int:
        """The largest excess that can lead to a better solution. It is negative if none can."""
        return self.price.cost * (self.known - self.least_gain) - self.bound

    @property
    def lower_bound(self) -> int:
        """A lower bound of all solutions: the best known one, or the smallest that a dropped state could give."""
        if self.least_dropped is None:
            return self.known
        least = -(-(self.bound + self.least_dropped) // self.price.cost)
        return min(self.known, least + (self.sensitivity - least) % self.least_gain)

    def run(self, known: int) -> dict[int, int]:
        """Return the choice of each group in the best solution; empty if no solution is better than ``known``."""
        self.known = known
        states: list[_State] = [(self.cost, self.sensitivity, 0, None)]
        room = sum([row.base.cost - row.options[0].cost for row in self.rows])
        for number, row in enumerate(self.rows):
            if self.most < _nearness(row)[0]:  # no change in this group or a later one can be better
                break
            room -= row.base.cost - row.options[0].cost
            states = self._affordable(states, self.rows[number:])
            states = self._undominated(self._grown(states, row, self.limit + room))
            if len(states) > _MANY:
                self._complete(states, self.rows[number + 1 :])
        if self.found is None:
            return {}
        chosen = {row.group: row.base.choice for row in self.rows}
        link = self.found
        while link is not None:
            link, (group, index) = link
            chosen[group] = index
        return chosen

    def _affordable(self, states: list["_State"], rows: list[_Row]) -> list["_State"]:
        """Return the states with the smallest excess, so many that each of ``rows`` gets its share of the limit."""
        most = self.most
        options = sum([excess <= most for row in rows for excess in row.excess])
        afforded = max(1, self.states_left // options)
        if len(states) > afforded:
            order = sorted(states, key=_excess_and_cost)
            dropped = order[afforded][2]
            self.least_dropped = dropped if self.least_dropped is None else min(dropped, self.least_dropped)
            states = sorted(order[:afforded], key=_cost_and_sensitivity)
        return states

    def _grown(self, states: list["_State"], row: _Row, highest: int) -> list["_State"]:
        most, grown = self.most, []
        for option, excess in zip(row.options, row.excess, strict=True):
            if excess > most:
                continue
            dearer, worse = option.cost - row.base.cost, option.sensitivity - row.base.sensitivity
            chosen = None if option is row.base else (row.group, option.choice)
            grown += [
                (cost + dearer, sensitivity + worse, so_far + excess, link if chosen is None else (link, chosen))
                for cost, sensitivity, so_far, link in states
                if so_far + excess <= most and cost + dearer <= highest
            ]
        self.states_left -= len(grown)
        return grown

    def _undominated(self, states: list["_State"]) -> list["_State"]:
        """Return the states in the order of rising cost and falling sensitivity.

        The best within the limit is recorded.
        """
        states.sort(key=_cost_and_sensitivity)
        kept = []
        lowest = None
        for state in states:
            if lowest is None or state[1] < lowest:
                lowest = state[1]
                kept.append(state)
                if state[0] <= self.limit and lowest < self.known:
                    self.known, self.found = lowest, state[3]
        return kept

    def _complete(self, states: list["_State"], rows: list[_Row]) -> None:
        """Look for better solutions with one further change, in one of ``rows``."""
        costs = [state[0] for state in states]
        most = self.most
        for row in rows:
            for option, excess in zip(row.options, row.excess, strict=True):
                if excess > most or option is row.base:
                    continue
                at = bisect_right(costs, self.limit - option.cost + row.base.cost) - 1
                sensitivity = states[at][1] + option.sensitivity - row.base.sensitivity
                if at >= 0 and sensitivity < self.known:
                    self.known, self.found = sensitivity, (states[at][3], (row.group, option.choice))


_State = tuple[int, int, int, Any]
_MANY = 64
"""The number of states from which on a search for completions saves time."""
_cost_and_sensitivity = itemgetter(0, 1)
_excess_and_cost = itemgetter(2, 0)


def _row(number: int, base: _Option, row: list[_Option], price: _Step) -> _Row:
    values = [price.cost * option.sensitivity + price.gain * option.cost for option in row]
    lowest = min(values)
    return _Row(number, row, base, [value - lowest for value in values])


def _nearness(row: _Row) -> tuple[int, int]:
    """Return the sort key of groups. Those with the smallest excess of a change come first.

    Their options stay open longest, so that good solutions are found early. Among equal ones the smallest costs come
    first, because their sums are densest.
    """
    changes = [
        (excess, abs(option.cost - row.base.cost))
        for option, excess in zip(row.options, row.excess, strict=True)
        if option is not row.base
    ]
    return min(changes, default=(0, 0))
