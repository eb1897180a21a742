"""What the best counters get wrong, one micro-spec each: calc, and torch three ways, give the derived count.

Each at one sample and at three, which is how a product that is counted once a batch shows. Of that list only the
unknown op that silently counts 0 has no spec here, because no spec can hold one: what runs and is not known raises
(tests/verify/measure/test_closed_world.py), and so does a word that is no op (tests/bad_specs/layer_unknown_op.yaml).
"""

from pathlib import Path

import pytest

from calc.analysis import Analysis, analyse
from calc.claims import audit, read_claims
from calc.claims.verdict import CORRECT
from calc.errors import SpecError
from calc.spec import load
from tests.conformance.reading import FOLDER, Case, cases, number

CASES = cases()
SAMPLES = pytest.mark.parametrize("batch", [1, 3])


TRUTH = ("macs", "effective_macs", "params")
"""What every case claims, so that nothing is compared with itself."""


def test_there_are_enough() -> None:
    assert len(CASES) >= 50
    assert [case.name for case in CASES if not set(TRUTH) <= case.at(1).keys()] == []
    assert [case.name for case in CASES if case.bits == "spec"] == ["quantised_layers"]


def test_the_truth_is_what_the_arithmetic_beside_it_comes_to() -> None:
    claims = [(case.name, claim) for case in CASES for claim in case.claims]
    wrong = [(name, claim.product, number(claim)) for name, claim in claims if claim.product != number(claim)]
    assert wrong == []
    assert [(name, claim.expect) for name, claim in claims if claim.expect != "exact"] == []


def test_the_audit_finds_every_claim_exact() -> None:
    verdicts = {case.name: audit(str(case.path)) for case in CASES}
    assert [(name, each) for name, found in verdicts.items() for each in found if each.word != CORRECT] == []
    assert [case.name for case in CASES if not len(verdicts[case.name]) == len(case.claims) >= len(TRUTH)] == []


def test_a_mistyped_key_of_the_truth_is_an_error(tmp_path: Path) -> None:
    text = (FOLDER / "linear.yaml").read_text(encoding="utf-8")
    for right, wrong in (("effective_macs:", "efective_macs:"), ("product:", "prodct:"), ("expect:", "expects:")):
        assert right in text
        mistyped = tmp_path / "mistyped.yaml"
        mistyped.write_text(text.replace(right, wrong), encoding="utf-8")
        with pytest.raises(SpecError, match=f"unknown key {wrong[:-1]}\n  hint: did you mean {right[:-1]}"):
            read_claims(str(mistyped))


def analysed(case: Case, batch: int) -> Analysis:
    return analyse(load(case.path), bits=case.bits, batch=batch)


@SAMPLES
def test_derived_counts(batch: int) -> None:
    true = {case.name: case.at(batch) for case in CASES}
    totals = {case.name: analysed(case, batch).totals for case in CASES}
    found = {name: each._asdict() | {"bitops": each.bitops["weight"]} for name, each in totals.items()}
    assert {name: {key: found[name][key] for key in true[name]} for name in true} == true


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.filterwarnings("ignore:LSTM with projections")
@SAMPLES
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_counted_by_running(case: Case, batch: int) -> None:
    pytest.importorskip("torch")
    from verify.verification import verify

    verification = verify(analysed(case, batch))
    measured, true = verification.measured, case.at(batch)
    assert [str(mismatch) for mismatch in verification.mismatches] == []
    assert sum(row.dispatcher_macs for row in measured.rows.values()) == true["macs"]
    assert measured.macs == true["macs"]
    assert measured.effective_macs == true["effective_macs"]
    assert measured.parameter_elements == true["params"]
    if "bitops" in true:
        assert sum(row.bitops or 0 for row in verification.bitops.values()) == true["bitops"]
