"""A budget on the peak of activations, of drawn networks and of drawn problems, against trying everything."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calc.allocation import integer_programme
from calc.allocation.allocate import DYNAMIC, INTEGER, Allocation, Chosen, Infeasible, allocate
from calc.allocation.budgets import read_budget
from calc.allocation.build import Widths
from calc.allocation.peak import peak_limits
from calc.allocation.problem import AllocationProblem, Widest
from calc.allocation.sensitivities import Alike
from calc.analysis import Analysis, analyse
from calc.errors import OpError
from calc.model.graph import Bits
from calc.precision.base import Assigned
from calc.spec import load
from tests.calc.allocation.drawn import problems
from tests.calc.graphs import Draft

TWO = Widths((2, 8))


def run(analysis: Analysis, *budgets: str, widths: Widths = TWO, **options: Any) -> Allocation:
    return allocate(analysis, [read_budget(text, analysis) for text in budgets], widths, Alike(), **options)


@st.composite
def networks(draw: st.DrawFn) -> Analysis:
    """Up to five convolutions, each reading what one of the last three layers put out, adds and activations among."""
    draft = Draft(2, 4, 4)
    for number in range(draw(st.integers(1, 5))):
        read = st.integers(max(0, draft.last - 2), draft.last)
        conv = draft.add(
            f"{number}", "conv2d", (draw(read),), out_channels=2, kernel_size=1, groups=draw(st.sampled_from([1, 2]))
        )
        if draw(st.booleans()):
            draft.add(f"{number}.add", "add", (conv, draw(read)))
        if draw(st.booleans()):
            draft.add(f"{number}.act", "relu")
    return analyse(draft.graph())


def every_choice(analysis: Analysis, widths: Widths) -> list[tuple[int, int, float]]:
    """The peak and the weight bytes of each choice, by running the whole analysis, and what it hurts."""
    layers = [index for index, row in enumerate(analysis.counts) if row.products]
    found = []
    for bits in product(widths.choices(), repeat=len(layers)):
        chosen = dict(zip(layers, bits, strict=True))
        assigned = [Assigned(chosen[index], "") if index in chosen else None for index in range(len(analysis.counts))]
        totals = analysis.with_bits(Chosen(tuple(assigned))).totals
        hurts = sum([Alike().weight(0, each.weight) for each in bits])
        found.append((totals.peak_activation_bytes, totals.weight_bytes, hurts))
    return found


@settings(max_examples=8)
@given(networks(), st.integers(0, 10))
def test_no_choice_within_the_peak_hurts_less(analysis: Analysis, share: int) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    tried = every_choice(analysis, TWO)
    peaks, weights = [sorted({row[at] for row in tried}) for at in (0, 1)]
    for peak in {peaks[0] - 1, peaks[len(peaks) // 2], peaks[-1]}:
        room = weights[0] + (weights[-1] - weights[0]) * share // 10
        for budgets, fits in (
            ([f"peak_activation_bytes={peak}"], [row for row in tried if row[0] <= peak]),
            (
                [f"peak_activation_bytes={peak}", f"weight_bytes={room}"],
                [row for row in tried if row[0] <= peak and row[1] <= room],
            ),
        ):
            if not fits:
                with pytest.raises(Infeasible, match=f"no choice of bits meets peak_activation_bytes={peak}") as error:
                    run(analysis, *budgets)
                assert error.value.hint == f"the smallest budget that can be met: peak_activation_bytes={peaks[0]}"
                continue
            found = run(analysis, *budgets)
            assert found.objective == found.lower_bound == min([row[2] for row in fits])
            assert found.analysis.totals.peak_activation_bytes == found.budgets[0].used <= peak


def test_activations_chosen_apart_alone_decide_the_peak() -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    draft = Draft(2, 4, 4)
    entry = draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    draft.add("b", "conv2d", out_channels=2, kernel_size=1)
    draft.add("sum", "add", (entry, draft.last))
    draft.add("c", "conv2d", out_channels=2, kernel_size=1)
    analysis = analyse(draft.graph())
    # at b: what a made, which b and c read, and what b made, which c reads: 2 · 16 elements each
    found = run(analysis, f"peak_activation_bytes={2 * 32 * 4 // 8 + 32 * 4 // 8}", widths=Widths((2, 8), "apart"))
    assert found.solver == INTEGER
    assert [(name, bits.weight) for name, bits in found.bits] == [("a", 8), ("b", 8), ("c", 8)]
    assert found.analysis.totals.peak_activation_bytes <= 48


def brute(problem: AllocationProblem) -> int | None:
    """The least sensitivity within the limits, trying everything."""
    best = None
    for chosen in product(*[range(len(group.choices)) for group in problem.groups]):
        used = [
            sum([group.choices[c].costs[k] for group, c in zip(problem.groups, chosen, strict=True)])
            + sum([_largest(each, chosen) for each in problem.widest if k in each.limits])
            for k in range(len(problem.limits))
        ]
        hurts = sum([group.choices[c].sensitivity for group, c in zip(problem.groups, chosen, strict=True)])
        if all(a <= b for a, b in zip(used, problem.limits, strict=True)):
            best = hurts if best is None else min(best, hurts)
    return best


def _largest(widest: Widest, chosen: tuple[int, ...]) -> int:
    return max([sizes[chosen[group]] for group, sizes in zip(widest.groups, widest.sizes, strict=True)])


@st.composite
def with_widest(draw: st.DrawFn) -> AllocationProblem:
    """A drawn problem of two limits, to which up to four costs by the widest choice are added."""
    problem = draw(problems(limits=2, groups=4, choices=3))
    choices = len(problem.groups[0].choices)
    largest = max(10, *problem.limits)
    widest = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = draw(st.sets(st.integers(0, len(problem.groups) - 1), min_size=1))
        sizes = [tuple(sorted(draw(st.integers(0, largest // 2)) for _ in range(choices))) for _ in numbers]
        limits = tuple(sorted(draw(st.sets(st.integers(0, 1), min_size=1))))
        widest.append(Widest(tuple(sorted(numbers)), tuple(sizes), limits))
    return problem._replace(widest=tuple(widest))


@settings(max_examples=30)
@given(with_widest())
def test_costs_by_the_widest_against_trying_everything(problem: AllocationProblem) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    expected = brute(problem)
    found = integer_programme.solve(problem)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert expected <= found.objective <= expected + expected // 10**11


def test_steps_that_no_choice_can_make_too_large_have_no_limit() -> None:
    analysis = analyse(load("mobilenetv2"), deployed=True)
    layers = [(index,) for index, row in enumerate(analysis.counts) if row.products]
    choices = [[Bits(2, 2), Bits(8, 8)]] * len(layers)
    # at 8 bits only what the first expansion makes and either side of it take more than 1.4 MB
    assert len(peak_limits(analysis, layers, choices, 1_400_000).limits) == 2
    first = 16 * 112 * 112 + 96 * 112 * 112
    assert len(peak_limits(analysis, layers, choices, first - 1).limits) == 2
    assert len(peak_limits(analysis, layers, choices, first).limits) == 1
    (alone,) = peak_limits(analysis, layers, choices, 10**9).limits
    assert alone == 10**9


def test_what_a_pinned_layer_reads_is_at_least_as_wide() -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    draft = Draft(2, 4, 4)
    entry = draft.add("a", "conv2d", out_channels=2, kernel_size=1)
    draft.add("b", "conv2d", (entry,), out_channels=1, kernel_size=1)
    draft.add("c", "conv2d", (entry,), out_channels=4, kernel_size=1)
    analysis = analyse(draft.graph())
    least = 2 * 16 * 4 // 8 + 4 * 16 * 2 // 8  # what a made stays at 4 bits for b while c reads it at 2
    with pytest.raises(Infeasible, match="peak_activation_bytes=31") as error:
        run(analysis, "peak_activation_bytes=31", pinned=["b=4"])
    assert error.value.hint == f"the smallest budget that can be met: peak_activation_bytes={least}"
    found = run(analysis, f"peak_activation_bytes={least}", pinned=["b=4"])
    assert dict(found.bits) == {"a": Bits(2, 2), "b": Bits(4, 4), "c": Bits(2, 2)}


def test_a_peak_that_nothing_can_exceed_needs_no_integer_programme() -> None:
    draft = Draft(1, 1, 1)
    draft.add("a", "conv2d", out_channels=1, kernel_size=1)
    found = run(analyse(draft.graph()), "peak_activation_bytes=2")
    assert (found.solver, found.bits) == (DYNAMIC, [("a", Bits(8, 8))])


def test_the_dynamic_programme_takes_no_maximum() -> None:
    with pytest.raises(OpError, match="takes a sum, and peak_activation_bytes is a maximum"):
        run(analyse(load("mobilenetv2")), "peak_activation_bytes=1Mi", solver="dynamic")
