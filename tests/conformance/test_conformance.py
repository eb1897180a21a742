"""What the best counters get wrong, one micro-spec each: calc, and torch three ways, give the derived count."""

import pytest

from calc.analysis import analyse
from calc.spec import load
from tests.conformance.reading import Case, cases

CASES = cases()


def test_there_are_enough() -> None:
    assert len(CASES) >= 40
    assert all("macs" in case.counts for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_derived_count(case: Case) -> None:
    totals = analyse(load(case.path)).totals
    assert {key: getattr(totals, key) for key in case.counts} == case.counts


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_counted_by_running(case: Case) -> None:
    pytest.importorskip("torch")
    from verify.verification import verify

    verification = verify(analyse(load(case.path), bits="8"))
    assert [str(mismatch) for mismatch in verification.mismatches] == []
    assert sum(row.dispatcher_macs for row in verification.measured.rows.values()) == case.counts["macs"]
    assert verification.measured.macs == case.counts["macs"]
    assert verification.measured.effective_macs == case.counts.get(
        "effective_macs", verification.measured.effective_macs
    )


@pytest.mark.torch
def test_batch_multiplies_but_params_do_not() -> None:
    pytest.importorskip("torch")
    from verify.verification import verify

    one, three = (analyse(load(CASES[0].path), bits="8", batch=batch) for batch in (1, 3))
    assert three.totals.macs == 3 * one.totals.macs
    assert three.totals.params == one.totals.params
    assert verify(three).mismatches == ()
