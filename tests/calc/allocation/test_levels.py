"""Costs by the widest of several choices as levels; that they give the optimum is a test of the peak."""

from calc.allocation.levels import Level, Levels, levels_of
from calc.allocation.problem import AllocationProblem, Choice, Group, Widest, least
from calc.model.graph import Bits


def test_levels_of_a_cost_by_the_widest() -> None:
    pair = Group((0,), (Choice(Bits(2, 2), 1, (0,)), Choice(Bits(8, 8), 0, (0,))))
    widest = (Widest((0, 1), ((2, 8), (4, 8)), (0,)), Widest((1,), ((1, 4),), (0,)))
    problem = AllocationProblem((pair, pair), (9,), widest)
    assert least(problem) == (4 + 1,)
    assert levels_of(problem, [[0, 1], [0, 1]]) == Levels(
        base=[4 + 1],
        alone={(1, 0): {0: 0}, (1, 1): {0: 4 - 1}},
        levels=[Level(8 - 4, (0,), (((0, 1),), ((1, 1),)))],
    )
    # the second at its narrowest for good
    assert levels_of(problem, [[0, 1], [0]]) == Levels([4 + 1], {(0, 0): {0: 0}, (0, 1): {0: 8 - 4}}, [])
