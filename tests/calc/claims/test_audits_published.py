"""Audits of the two documents that this project started from, and of numbers that others published."""

from collections import Counter
from pathlib import Path

import pytest

from calc.claims import audit, read_claims
from calc.claims.verdict import AS_PRINTED, CORRECT, EXPLAINED, WRONG, Verdict
from calc.report.audit import page
from calc.report.pages import render

ROOT = Path(__file__).parents[3]


GOLDEN = ROOT / "tests" / "golden"


@pytest.mark.parametrize("name", ["seed_report", "seed_notebook"])
def test_the_audits_of_the_seeds_are_what_is_committed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    path = f"specs/claims/{name}.yaml"
    expected = (GOLDEN / f"audit_{name}.txt").read_text(encoding="utf-8")
    assert render(page(path, audit(path)), "table") == expected


@pytest.mark.parametrize("name", ["seed_report", "seed_notebook"])
def test_every_number_of_the_seeds_is_exact_or_explained(name: str) -> None:
    verdicts = audit(str(ROOT / "specs" / "claims" / f"{name}.yaml"))
    assert {verdict.word for verdict in verdicts} <= {CORRECT, AS_PRINTED, EXPLAINED}
    assert not any(verdict.fails for verdict in verdicts)


def test_true_numbers_of_the_report() -> None:
    verdicts = audit(str(ROOT / "specs" / "claims" / "seed_report.yaml"))
    true = {(v.claim.about.name, v.claim.quantity): v.true for v in verdicts}
    assert true["Block_1", "macs"] == 32 * 3 * 3 * 112 * 112
    assert true["52 convolutions", "macs"] == 299_494_272
    assert true["52 convolutions", "params"] == 2_189_760
    assert true["Figure 1, Adaptive", "bitops"] == 1_072_549_632
    assert true["Figure 1, Fixed 8-bit", "bitops"] == 8 * 299_494_272


def test_the_seeds_hold_their_true_numbers() -> None:
    exact = {
        name: {
            int(claim.printed.value)
            for claim in read_claims(str(ROOT / "specs" / "claims" / f"{name}.yaml"))
            if claim.expect == "exact" and claim.printed is not None
        }
        for name in ("seed_report", "seed_notebook")
    }
    macs, adaptive = 299_494_272, 1_072_549_632
    assert {macs, macs + 1280 * 1000, adaptive, 5_241_159_168} <= exact["seed_report"]
    assert {bits * macs for bits in (2, 4, 8)} | {bits * bits * macs for bits in (2, 4, 8)} <= exact["seed_report"]
    assert {2_950_144, 49 * 2_950_144, 13_352_960, 49 * 13_352_960} <= exact["seed_notebook"]
    blocks = {1_007_616, 2_392_064, 1_122_304, 4_489_216, 4_341_760}
    assert blocks | {49 * block for block in blocks} <= exact["seed_notebook"]  # 224² is 49 × 32²


def test_true_numbers_of_the_notebook() -> None:
    verdicts = audit(str(ROOT / "specs" / "claims" / "seed_notebook.yaml"))
    true = {v.claim.about.name: v.true for v in verdicts}
    explained = {v.claim.about.name: v.reading.value for v in verdicts if v.reading}
    blocks = [1_007_616, 2_392_064, 1_122_304, 4_489_216, 4_341_760]
    assert [true[f"Block {i}"] for i in range(5)] == blocks
    assert true["Total at 32×32"] == sum(blocks) == 13_352_960
    assert true["Total at 224×224"] == 654_295_040
    assert explained["Total at 32×32"] == 83_763_200
    assert explained["Total at 224×224"] == 4_104_396_800


@pytest.fixture(scope="module")
def published() -> list[Verdict]:
    return audit(str(ROOT / "specs" / "claims" / "published.yaml"))


@pytest.mark.zoo
def test_published_numbers(published: list[Verdict]) -> None:
    words = Counter([verdict.word for verdict in published])
    assert words[CORRECT] + words[AS_PRINTED] > 300
    assert words[WRONG] < 10


@pytest.mark.zoo
def test_a_published_table_is_explained_alike_in_all_its_rows(published: list[Verdict]) -> None:
    rows = [verdict for verdict in published if verdict.claim.about.name.startswith("MobileNet_v1")]
    reasons = {
        (rows_of, quantity): {
            verdict.reasons
            for verdict in rows
            if verdict.claim.about.name.startswith(f"MobileNet_v1_{rows_of}") and verdict.claim.quantity == quantity
        }
        for rows_of in ("1.0", "0.75", "0.50")
        for quantity in ("macs", "params")
    }
    three = ("three numbers a norm channel, not two",)
    assert reasons["1.0", "params"] == reasons["0.50", "params"] == {three}
    assert reasons["0.75", "macs"] == {("without the first convolution",)}
    assert reasons["1.0", "macs"] == reasons["0.75", "params"] == {()}
