"""What the best counters get wrong, one micro-spec each: calc, and torch three ways, give the derived count.

Each at one sample and at three, which is how a product that is counted once a batch shows. Of that list only the
unknown op that silently counts 0 has no spec here, because no spec can hold one: what runs and is not known raises
(tests/verify/measure/test_closed_world.py), and so does a word that is no op (tests/bad_specs/layer_unknown_op.yaml).
"""

import pytest

from calc.analysis import Analysis, analyse
from calc.spec import load
from tests.conformance.reading import Case, cases

CASES = cases()
SAMPLES = pytest.mark.parametrize("batch", [1, 3])


def test_there_are_enough() -> None:
    assert len(CASES) >= 40
    assert all("macs" in case.counts for case in CASES)
    assert [case.name for case in CASES if case.bits == "spec"] == ["quantised_layers"]


def analysed(case: Case, batch: int) -> Analysis:
    return analyse(load(case.path), bits=case.bits, batch=batch)


@SAMPLES
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_derived_count(case: Case, batch: int) -> None:
    totals = analysed(case, batch).totals
    found = {"bitops": totals.bitops["weight"]}
    true = case.at(batch)
    assert {key: found[key] if key in found else getattr(totals, key) for key in true} == true


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
    assert measured.effective_macs == true.get("effective_macs", measured.effective_macs)
    assert measured.parameter_elements == true.get("params", measured.parameter_elements)
    if "bitops" in true:
        assert sum(row.bitops or 0 for row in verification.bitops.values()) == true["bitops"]
