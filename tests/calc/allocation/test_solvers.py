"""Both solvers against trying everything, against each other, and against larger budgets."""

from collections.abc import Callable
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.allocation import dynamic_programme, integer_programme
from calc.allocation.build import Widths, build_problem
from calc.allocation.highs import OutOfTimeError, Programme
from calc.allocation.problem import AllocationProblem, Choice, Group, Solution, least
from calc.allocation.quantities import allocated_quantity
from calc.allocation.sensitivities import Alike
from calc.allocation.ties import groups
from calc.analysis import analyse
from calc.model.graph import Bits
from calc.spec import load
from tests.calc.allocation.drawn import best, everything, network, problems

Solve = Callable[[AllocationProblem], Solution | None]


def _check(solve: Solve, problem: AllocationProblem, expected: int | None) -> None:
    found = solve(problem)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert found.objective == expected
    choices = [group.choices[c] for group, c in zip(problem.groups, found.chosen, strict=True)]
    assert sum(choice.sensitivity for choice in choices) == expected
    for k, limit in enumerate(problem.limits):
        assert sum(choice.costs[k] for choice in choices) <= limit
    assert found.lower_bound <= expected


@given(problems(groups=6))
@settings(max_examples=40, deadline=None)
def test_the_dynamic_programme_is_the_best_of_everything(problem: AllocationProblem) -> None:
    tried = everything(problem)
    for limit in {problem.limits[0], *[each.costs[0] for each in tried[:: max(1, len(tried) // 6)]]}:
        _check(dynamic_programme.solve, problem._replace(limits=(limit,)), best(tried, (limit,)))


@given(problems(groups=6), st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_stopped_early_its_bound_is_below_the_best_and_its_choice_within_the_limit(
    problem: AllocationProblem, most: int
) -> None:
    expected = best(everything(problem), problem.limits)
    found = dynamic_programme.solve(problem, most)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.lower_bound <= expected <= found.objective
        chosen = [group.choices[c] for group, c in zip(problem.groups, found.chosen, strict=True)]
        assert sum(choice.costs[0] for choice in chosen) <= problem.limits[0]
        assert sum(choice.sensitivity for choice in chosen) == found.objective


def test_sensitivities_in_proportion_to_costs_take_no_more_than_the_states_allowed() -> None:
    """Such layers are alike to every bound: without a limit, those of EfficientNet-B0 take minutes."""
    drawn = Random(0)
    weights = [drawn.randint(10**3, 10**6) for _ in range(80)]
    rows = [[(bits * n, n * 4 ** (8 - bits)) for bits in range(2, 9)] for n in weights]
    problem = _problem(rows, 4 * sum(weights) + 1)
    search, made = dynamic_programme._Search, []

    class Counted(search):  # type: ignore[valid-type,misc]  # the class itself, with its states counted
        def _grown(self, *given: object) -> list[object]:
            grown: list[object] = super()._grown(*given)
            made.append(len(grown))
            return grown

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dynamic_programme, "_Search", Counted)
        found = dynamic_programme.solve(problem, 20_000)
    assert found is not None
    assert sum(made) <= 20_000
    assert 0 < found.objective - found.lower_bound < found.objective * 1e-3


@given(problems(groups=4, choices=3))
@settings(max_examples=40, deadline=None)
def test_at_every_budget(problem: AllocationProblem) -> None:
    tried = everything(problem)
    for limit in sorted({each.costs[0] + off for each in tried for off in (-1, 0)}):
        _check(dynamic_programme.solve, problem._replace(limits=(limit,)), best(tried, (limit,)))


@given(st.integers(1, 3).flatmap(lambda limits: problems(limits=limits, groups=6)))
@settings(max_examples=40, deadline=None)
def test_the_integer_programme_is_the_best_of_everything(problem: AllocationProblem) -> None:
    """To the 11th digit, as docs/allocation.md has it: of less than 10^11, to the unit."""
    pytest.importorskip("highspy", reason="needs the extra search")
    expected = best(everything(problem), problem.limits)
    found = integer_programme.solve(problem)
    more = found.objective - expected if found and expected else 0
    assert 0 <= more <= (expected or 0) // 10**11
    _check(lambda _: found, problem, expected if expected is None else expected + more)


def test_what_fits_beside_nothing_and_what_cannot_be_avoided_blur_no_other() -> None:
    """Of the last group the first choice is over the limit whatever the others take, so 10^400 is no choice at all."""
    pytest.importorskip("highspy", reason="needs the extra search")
    rows = [[(1, 5), (2, 3)], [(1, 7), (2, 4)], [(1, 10**30), (2, 10**40)], [(4, 0), (1, 10**400)]]  # (cost, …)
    # 1 + 2 + 1 + 1 and 2 + 1 + 1 + 1 are 5; 7 − 4 is more than 5 − 3
    _check(integer_programme.solve, _problem(rows, 5), 5 + 4 + 10**30 + 10**400)


def test_what_is_left_of_each_group_alone_may_break_a_limit_together() -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    group = Group((0,), (Choice(Bits(2, 2), 5, (1, 6)), Choice(Bits(3, 3), 1, (100, 1))))
    # the second choices break the first limit, each alone; the first choices the second, both together: 6 + 6
    assert integer_programme.solve(AllocationProblem((group, group), (8, 8))) is None


class _Stopped(Programme):
    """HiGHS with time for a number of programmes, the linear one among them, and none for those after."""

    programmes = 0

    def _run(self, solver: object) -> bool:
        if _Stopped.programmes == 0:
            self.deadline = 0.0
        _Stopped.programmes -= 1
        return super()._run(solver)


@given(st.integers(1, 3).flatmap(lambda limits: problems(limits=limits, groups=6)), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_out_of_time_the_integer_programme_gives_what_it_found_with_a_bound(
    problem: AllocationProblem, programmes: int
) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    expected = best(everything(problem), problem.limits)
    _Stopped.programmes = programmes
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(integer_programme, "Programme", _Stopped)
        try:
            found = integer_programme.solve(problem)
        except OutOfTimeError:
            return
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found.lower_bound <= expected <= found.objective
        _check(lambda _: found, problem, found.objective)


def test_out_of_time_after_the_first_choices_the_linear_programme_is_the_bound() -> None:
    """The prices and the choices of little excess are two programmes; the third would be the proof."""
    pytest.importorskip("highspy", reason="needs the extra search")
    problem = _mobilenetv2(["bitops.product", "weight_bytes"], (0.2, 0.2))
    proven = integer_programme.solve(problem)
    _Stopped.programmes = 2
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(integer_programme, "Programme", _Stopped)
        found = integer_programme.solve(problem)
    assert proven is not None
    assert found is not None
    assert 0 < found.lower_bound < proven.objective <= found.objective


def test_out_of_time_with_nothing_found_is_said() -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    with pytest.raises(OutOfTimeError, match="ran out of time"):
        integer_programme.solve(_mobilenetv2(["bitops.product", "weight_bytes"], (0.2, 0.2)), seconds=0.0)


@given(problems(), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_larger_budget_never_costs_sensitivity(problem: AllocationProblem, more: int) -> None:
    smaller = dynamic_programme.solve(problem)
    larger = dynamic_programme.solve(problem._replace(limits=(problem.limits[0] + more,)))
    assert smaller is None or (larger is not None and larger.objective <= smaller.objective)


def test_trying_everything_finds_a_solver_that_is_not_optimal() -> None:
    """The check can fail: the greedy solution alone is not good enough."""
    choices = [[(0, 6), (4, 3), (5, 0)], [(0, 6), (4, 0)]]  # (cost, sensitivity)
    problem = _problem(choices, 4)
    with pytest.raises(AssertionError):
        _check(lambda p: Solution((1, 0), 9, 9), problem, best(everything(problem), (4,)))


@pytest.mark.parametrize("name", ["bitops.weight", "bitops.product", "weight_bytes"])
@pytest.mark.parametrize("share", [0.1, 0.35, 0.7, 0.95])
def test_both_agree_on_mobilenetv2(name: str, share: float) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    problem = _mobilenetv2([name], (share,))
    dynamic, integer = dynamic_programme.solve(problem), integer_programme.solve(problem)
    assert dynamic is not None
    assert integer is not None
    assert dynamic.objective == integer.objective


def test_two_budgets_on_mobilenetv2_are_proven_optimal() -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    problem = _mobilenetv2(["bitops.product", "weight_bytes"], (0.2, 0.3))
    found = integer_programme.solve(problem)
    assert found is not None
    assert found.objective - found.lower_bound <= 1e-9 * found.objective
    for k in range(2):
        alone = dynamic_programme.solve(_only(problem, k))
        assert alone is not None
        assert alone.objective <= found.objective


def test_the_solver_says_nothing_itself(capfd: pytest.CaptureFixture[str]) -> None:
    """capfd: what C++ prints goes past sys.stdout, and would stand before the JSON of calc allocate."""
    pytest.importorskip("highspy", reason="needs the extra search")
    assert integer_programme.solve(_mobilenetv2(["bitops.product", "weight_bytes"], (0.2, 0.3))) is not None
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.zoo)])
def test_a_thousand_layers(seed: int) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    problem = network(Random(seed), 1000)
    both = integer_programme.solve(problem)
    assert both is not None
    assert both.objective - both.lower_bound <= 1e-9 * both.objective
    for k in range(2):
        one = dynamic_programme.solve(_only(problem, k))
        other = integer_programme.solve(_only(problem, k))
        assert one is not None
        assert other is not None
        assert one.objective == other.objective <= both.objective


@pytest.mark.parametrize("solve", [dynamic_programme.solve, partial(integer_programme.solve, seconds=5.0)])
def test_a_single_choice_and_free_costs(solve: Solve) -> None:
    if solve is not dynamic_programme.solve:
        pytest.importorskip("highspy", reason="needs the extra search")
    _check(solve, _problem([[(3, 7)], [(2, 1)]], 5), 8)
    _check(solve, _problem([[(3, 7)], [(2, 1)]], 4), None)
    _check(solve, _problem([[(0, 7), (0, 3)], [(0, 1), (0, 1)]], 0), 4)
    _check(solve, _problem([[(0, 0), (5, 0)]], 0), 0)


def _problem(rows: list[list[tuple[int, int]]], limit: int) -> AllocationProblem:
    made = [
        Group((i,), tuple(Choice(Bits(b, b), s, (c,)) for b, (c, s) in enumerate(row, 2))) for i, row in enumerate(rows)
    ]
    return AllocationProblem(tuple(made), (limit,))


def _only(problem: AllocationProblem, k: int) -> AllocationProblem:
    made = [
        Group(group.nodes, tuple(choice._replace(costs=(choice.costs[k],)) for choice in group.choices))
        for group in problem.groups
    ]
    return AllocationProblem(tuple(made), (problem.limits[k],))


def _mobilenetv2(names: list[str], shares: tuple[float, ...]) -> AllocationProblem:
    """Its layers at 2 to 8 bits, each limit so far between the least and the most."""
    analysis = analyse(load("mobilenetv2"))
    limits = [(allocated_quantity(name), 0) for name in names]
    problem = build_problem(analysis, groups(analysis, []), Widths(tuple(range(2, 9))), {}, Alike(), limits).problem
    most = [
        sum(max(choice.costs[k] for choice in group.choices) for group in problem.groups) for k in range(len(names))
    ]
    rooms = [low + int((high - low) * share) for low, high, share in zip(least(problem), most, shares, strict=True)]
    return problem._replace(limits=tuple(rooms))
