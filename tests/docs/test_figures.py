"""Figures in the prose of pages come from their tables, from the data beside them or from the code: whole sentences."""

import csv
import re

import pytest

from calc import allocate
from calc.allocation.dynamic_programme import MOST_STATES
from calc.allocation.highs import _CLOSE
from calc.allocation.integer_programme import SECONDS
from calc.sweeps.makers import FEW
from tests.docs.pages import ROOT

SENSITIVITIES = ROOT / "docs/accuracy/mobilenetv2_tf_sensitivity.csv"
Rows = dict[str, dict[str, str]]


def table(page: str, name: str) -> Rows:
    """The rows of the table that is written below the comment ``name`` of a page, by their first cell."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    part = text.partition(f"<!-- {name} -->\n")[2].partition("<!-- end -->")[0]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()]
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def said(page: str) -> str:
    """The text of a page, its lines joined."""
    return " ".join((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8").split())


def accuracy_sentences() -> list[str]:
    bits, others = table("accuracy", "evaluate"), table("accuracy", "others")
    top1, drop = "top-1 %", "Δ top-1"
    eight, affine = bits["8"][drop], others["8, affine, range by least squared error"][drop]
    assert eight.startswith("−")
    assert affine.startswith("−")
    return [
        f"Rounding to 8 bits loses {eight[1:]} points here, while 7 bits lose nothing ({bits['7'][drop]}).",
        f"the network is right for {bits['4'][top1]} % of the pictures, and with `adaptive` for "
        f"{bits['adaptive'][top1]} %",
        f"With the affine grid and a range by least squared error, 8 bits lose {affine[1:]} points.",
    ]


def allocation_sentences() -> list[str]:
    rows, full = table("allocation", "compared"), table("accuracy", "evaluate")["fp32"]["top-1 %"]
    rule, alike, best = "the rule", "every layer alike", "output error"
    near = [float(row["loss_increase"]) for row in sensitivities() if abs(float(row["loss_increase"])) <= 0.02]
    points = len(range(100, 2001)) * len(range(96, 417)) * len(range(2, 9))
    return [
        f"where float32 has {full}.",
        f"{rows['5'][best]} against {rows['5'][rule]} at the BitOps of 5 bits, {rows['mac-share'][best]} against "
        f"{rows['mac-share'][rule]} at those of `mac-share`, {rows['6'][best]} against {rows['6'][rule]} at those of 6",
        f"{rows['5'][alike]} against {rows['5'][rule]} at the BitOps of 5 bits, {rows['4'][alike]} against "
        f"{rows['4'][rule]} at those of 4 bits. The measured output error is better at every budget: {rows['5'][best]} "
        f"and {rows['4'][best]} there.",
        f"Of the {len(near)} values within 0.02 nats of 0, {len([value for value in near if value < 0])} are negative",
        f"the best choice has an accuracy of {rows['4'][best]} %, where float32 has {full} %.",
        f"It stops at {MOST_STATES:,} states",
        f"again and again until the solution equals its bound to the {len(str(_CLOSE)) - 1}th digit",
        f"HiGHS stops after `--time-limit` seconds ({SECONDS:.0f})",
        f"a grid of {FEW:,} points and more is counted on",
        f"The command above considers {points:,} points",
        f"All {3**8:,} networks of NAS-Bench-Macro need {1 + 8 * 2} expansions",  # tests/calc/sweeps/test_additive.py
    ]


def sensitivities() -> list[dict[str, str]]:
    with SENSITIVITIES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("sentence", accuracy_sentences())
def test_the_page_of_accuracy_says_what_its_tables_show(sentence: str) -> None:
    assert sentence in said("accuracy")


@pytest.mark.parametrize("sentence", allocation_sentences())
def test_the_page_of_allocation_says_what_its_tables_show(sentence: str) -> None:
    assert sentence in said("allocation")


def test_every_claim_of_more_than_a_rule_holds_in_the_table() -> None:
    for name, row in table("allocation", "compared").items():
        assert float(row["output error"]) > float(row["the rule"]), name
        assert float(row["output error"]) > float(row["every layer alike"]), name


def test_the_policy_shown_is_what_allocate_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = allocate(
        "mobilenetv2_tf", "bitops.weight=w5a5", sensitivity=SENSITIVITIES.relative_to(ROOT), column="output_error"
    )
    text = (ROOT / "docs/allocation.md").read_text(encoding="utf-8")
    shown = text.partition("<!-- policy -->\n")[2].partition("<!-- end -->")[0]
    rules = re.findall(r'name: "([^"]+)", +bits: (\d)', shown)
    assert len(rules) == 5
    assert rules == [(name, str(bits.weight)) for name, bits in found.bits[:5]]
    assert f"# … {len(found.bits) - 5} more" in shown
    assert f"{found.objective:.4f}" in shown
    assert f"bitops.weight: {found.analysis.totals.bitops['weight']:,} " in shown


def test_the_optimum_by_loss_uses_the_share_of_its_budget_that_is_told() -> None:
    found = allocate(
        "mobilenetv2_tf", "bitops.weight=w6a6", sensitivity=SENSITIVITIES, column="loss_increase", clip_negative=True
    )
    budget = 6 * found.analysis.totals.macs
    used = round(100 * found.analysis.totals.bitops["weight"] / budget)
    assert f"Within the BitOps of 6 bits, it uses {used} % of them." in said("allocation")
