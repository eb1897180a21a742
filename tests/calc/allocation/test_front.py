"""The front against trying everything, and the policies beside it."""

from fractions import Fraction

import pytest
from hypothesis import given, settings

from calc.allocation import dynamic_programme
from calc.allocation.build import Widths
from calc.allocation.front import front
from calc.allocation.marks import marks, policies
from calc.allocation.pareto import pareto
from calc.allocation.problem import AllocationProblem
from calc.allocation.quantities import allocated_quantity
from calc.allocation.sensitivities import Alike
from calc.analysis import analyse
from calc.errors import OpError
from calc.quantities import quantities
from calc.spec import load
from tests.calc.allocation.drawn import Tried, everything, problems

pytest.importorskip("numpy", reason="needs the extra search")

ALLOCATED = [found.name for found in quantities() if found.cost is not None]


def _nondominated(tried: list[Tried]) -> list[tuple[int, int]]:
    """The pairs that no other pair is as good as in both, by rising cost."""
    pairs = {(each.costs[0], each.sensitivity) for each in tried}
    found: list[tuple[int, int]] = []
    for cost, sensitivity in sorted(pairs):
        if not found or sensitivity < found[-1][1]:
            found.append((cost, sensitivity))
    return found


@given(problems())
@settings(max_examples=60, deadline=None)
def test_complete_and_nondominated(problem: AllocationProblem) -> None:
    found = front(problem, Fraction(1))
    points = list(zip(found.costs.tolist(), found.sensitivities.tolist(), strict=True))
    assert points == _nondominated(everything(problem))


@given(problems(groups=6))
@settings(max_examples=60, deadline=None)
def test_the_bits_of_a_point_make_it(problem: AllocationProblem) -> None:
    found = front(problem, Fraction(1))
    for point in range(0, len(found), 1 + len(found) // 5):
        chosen = [
            next(choice for choice in group.choices if choice.bits == bits)
            for group, bits in zip(problem.groups, found.bits(point), strict=True)
        ]
        assert sum(choice.costs[0] for choice in chosen) == found.costs[point]
        assert sum(choice.sensitivity for choice in chosen) == found.sensitivities[point]


def test_looking_up_a_cost_and_a_sensitivity() -> None:
    analysis = analyse(load("mobilenetv2"))
    (against,) = pareto(analysis, [allocated_quantity("bitops.product")], Widths((2, 4, 8)), Alike())
    found = against.front
    for point in (0, len(found) // 3, len(found) - 1):
        assert found.at_most(int(found.costs[point])) == point
        assert found.as_good_as(int(found.sensitivities[point]) * found.unit) == point
    assert found.at_most(int(found.costs[0]) - 1) is None
    assert found.at_most(int(found.costs[5]) - 1) == 4
    assert found.as_good_as(Fraction(0)) is None


def test_every_point_is_the_optimum_of_its_budget() -> None:
    analysis = analyse(load("mobilenetv2"))
    (against,) = pareto(analysis, [allocated_quantity("bitops.product")], Widths((2, 3, 4, 6, 8)), Alike())
    found = against.front
    for point in range(0, len(found), 1 + len(found) // 8):
        problem = found.problem._replace(limits=(int(found.costs[point]),))
        solution = dynamic_programme.solve(problem)
        assert solution is not None
        assert solution.objective == found.sensitivities[point]


@pytest.mark.parametrize("name", ALLOCATED)
def test_policies_cost_what_a_run_says_and_lie_on_no_better_side(name: str) -> None:
    analysis = analyse(load("mobilenetv2"))
    (against,) = pareto(analysis, [allocated_quantity(name)], Widths((2, 3, 4, 8)), Alike())
    placed = {mark.policy: mark for mark in against.marks.found}
    assert set(placed) == {"adaptive", "2", "3", "4", "8", "mac-share"}
    for policy, mark in placed.items():
        assert mark.cost == pytest.approx(allocated_quantity(name).total(analysis.with_bits(policy).totals), rel=1e-12)
        assert mark.times is None or mark.times >= 1
        assert mark.saved is None or mark.saved >= 0
    assert (placed["2"].times, placed["2"].saved) == (
        pytest.approx(1.0) if name == "weight_bytes" else placed["2"].times,
        0.0,
    )
    assert against.marks.left_out[0].startswith("spec is not marked")


def test_a_policy_beyond_the_widths_is_measured_from_the_end_of_the_front() -> None:
    analysis = analyse(load("mobilenetv2"))
    (against,) = pareto(analysis, [allocated_quantity("bitops.weight")], Widths((2, 4)), Alike())
    placed = marks(analysis, against.quantity, against.front, ["fp16"], Widths((2, 4)), Alike())
    (mark,) = placed.found
    assert mark.saved is None
    assert mark.times is not None
    assert mark.times < 1


def test_named_policies_and_every_width() -> None:
    assert policies(Widths((2, 5))) == ["adaptive", "2", "4", "8", "mac-share", "spec", "5"]


def test_a_front_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.allocation.front.MOST_STATES", 50)
    analysis = analyse(load("mobilenetv2"))
    with pytest.raises(OpError, match="more than 50 points"):
        pareto(analysis, [allocated_quantity("weight_bytes")], Widths((2, 4, 8)), Alike())
