"""Drawn problems, and their solution by trying everything. Shares no code with what it checks."""

from itertools import product
from random import Random
from typing import NamedTuple

from hypothesis import strategies as st

from calc.allocation.problem import AllocationProblem, Choice, Group
from calc.model.graph import Bits


class Tried(NamedTuple):
    """One assignment of a problem: what it costs, and what it hurts."""

    costs: tuple[int, ...]
    sensitivity: int


_LARGEST = st.sampled_from([3, 40, 10**6, 10**11])


@st.composite
def problems(draw: st.DrawFn, limits: int = 1, groups: int = 8, choices: int = 4) -> AllocationProblem:
    """Up to ``groups`` × ``choices`` with numbers small (many ties) and large, and limits anywhere in their range.

    Sensitivities may be of sizes that no double and no int64 holds side by side.
    """
    largest = draw(_LARGEST)
    number = st.integers(0, largest)
    sensitivity = draw(st.sampled_from([number, number | st.integers(0, 10**40) | st.integers(0, 10**400)]))
    width = draw(st.integers(1, choices))
    made = draw(
        st.lists(
            st.lists(st.tuples(sensitivity, *[number] * limits), min_size=width, max_size=width),
            min_size=1,
            max_size=groups,
        )
    )
    return AllocationProblem(
        tuple(
            Group(
                (index,),
                tuple(
                    Choice(Bits(bits, bits), s, costs)
                    for bits, (s, *rest) in enumerate(row, 2)
                    for costs in [tuple(rest)]
                ),
            )
            for index, row in enumerate(made)
        ),
        tuple(draw(st.lists(st.integers(0, len(made) * largest), min_size=limits, max_size=limits))),
    )


def network(draw: Random, layers: int) -> AllocationProblem:
    """So many layers with costs as those of real ones at 2 to 8 bits, in two budgets between the least and the most."""
    rows = [
        [
            (bits * bits * macs, bits * weights, round(weights * draw.lognormvariate(0, 1) * 4 ** (12 - bits)))
            for bits in range(2, 9)
        ]
        for macs, weights in [(draw.randint(10**5, 10**8), draw.randint(10**3, 10**6)) for _ in range(layers)]
    ]
    at_3_bits = [sum(row[1][k] for row in rows) for k in range(2)]
    return AllocationProblem(
        tuple(
            Group((index,), tuple(Choice(Bits(b, b), s, (c, w)) for b, (c, w, s) in enumerate(row, 2)))
            for index, row in enumerate(rows)
        ),
        (at_3_bits[0] * 2, at_3_bits[1] * 13 // 10),
    )


def everything(problem: AllocationProblem) -> list[Tried]:
    """Every assignment."""
    found = []
    for chosen in product(*[group.choices for group in problem.groups]):
        costs = tuple(sum(choice.costs[k] for choice in chosen) for k in range(len(problem.limits)))
        found.append(Tried(costs, sum(choice.sensitivity for choice in chosen)))
    return found


def best(tried: list[Tried], limits: tuple[int, ...]) -> int | None:
    """The least sensitivity within ``limits``, or None where nothing is."""
    within = [each.sensitivity for each in tried if all(c <= most for c, most in zip(each.costs, limits, strict=True))]
    return min(within, default=None)
