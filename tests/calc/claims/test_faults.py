"""The known slips, against arithmetic done by hand."""

from dataclasses import replace
from fractions import Fraction

from calc.analysis import analyse
from calc.claims.faults import FAULTS, faulty
from calc.model.graph import Graph
from calc.spec import load
from tests.calc.graphs import Draft

GROUPS, PHANTOM, UNFLOORED, UNFLOORED_EACH = FAULTS


def _conv(**values: object) -> Graph:
    draft = Draft(6, 9, 9)
    draft.add("conv", "conv2d", bias=False, **values)
    return draft.graph()


def test_groups_ignored() -> None:
    wrong = faulty(analyse(_conv(out_channels=4, kernel_size=3, groups=2)).workload, GROUPS)
    assert wrong is not None
    assert wrong.sums.macs == 6 * 4 * 9 * (7 * 7)
    assert wrong.sums.params == 6 * 4 * 9


def test_a_1x1_beside_each_depthwise() -> None:
    wrong = faulty(analyse(_conv(out_channels=6, kernel_size=3, groups=6)).workload, PHANTOM)
    assert wrong is not None
    assert wrong.sums.macs == (6 * 9 + 6 * 6) * (7 * 7)
    assert wrong.sums.params == 6 * 9 + 6 * 6


def test_sizes_not_rounded_down() -> None:
    wrong = faulty(analyse(_conv(out_channels=4, kernel_size=2, stride=2)).workload, UNFLOORED)
    assert wrong is not None
    side = Fraction(9 - 2, 2) + 1  # 4.5
    assert wrong.sums.macs == 6 * 4 * 4 * side * side
    assert wrong.sums.params == 6 * 4 * 4


def test_unfloored_sizes_are_handed_on() -> None:
    draft = Draft(1, 10, 10)
    draft.add("pool", "max_pool2d", kernel_size=3, stride=2)
    draft.add("act", "relu")
    draft.add("conv", "conv2d", out_channels=2, kernel_size=1, bias=False)
    wrong = faulty(analyse(draft.graph()).workload, UNFLOORED)
    assert wrong is not None
    side = Fraction(10 - 3, 2) + 1
    assert wrong.sums.macs == round(2 * side * side)


def test_or_each_is_taken_of_the_size_that_arrives() -> None:
    draft = Draft(1, 10, 10)
    draft.add("pool", "max_pool2d", kernel_size=3, stride=2)  # 4.5, of which 4 arrive
    draft.add("conv", "conv2d", out_channels=2, kernel_size=1, stride=2, bias=False)
    wrong = faulty(analyse(draft.graph()).workload, UNFLOORED_EACH)
    assert wrong is not None
    side = Fraction(4 - 1, 2) + 1
    assert wrong.sums.macs == round(2 * side * side)


def test_a_network_without_the_slip_has_none() -> None:
    plain = analyse(_conv(out_channels=4, kernel_size=3)).workload
    assert [faulty(plain, fault) for fault in FAULTS] == [None] * 4


def test_the_report_of_mobilenetv2() -> None:
    analysis = analyse(load("mobilenetv2"), bits="adaptive")
    counts = faulty(analysis.workload, PHANTOM)
    assert counts is not None
    wrong = replace(analysis, workload=counts)
    convolutions = [i for i, node in enumerate(wrong.graph.nodes) if node.op.word == "conv2d"]
    assert sum(wrong.counts[i].macs for i in convolutions) == 884_947_840
    assert sum(wrong.counts[i].params for i in convolutions) == 6_702_016
    assert sum(wrong.bitops[i]["product"] for i in convolutions) == 12_537_150_976
    assert analysis.totals.macs == 300_774_272  # the true one is as it was
