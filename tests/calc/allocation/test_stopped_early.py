"""Solvers that stop early say what is left open."""

from functools import partial

import pytest

from calc.allocation import dynamic_programme
from calc.allocation.allocate import DYNAMIC, INTEGER
from calc.analysis import Analysis, analyse
from calc.report.allocation import certificate
from calc.spec import load
from tests.calc.allocation.test_allocate import run


@pytest.fixture(scope="module")
def mobilenetv2() -> Analysis:
    return analyse(load("mobilenetv2"))


@pytest.fixture
def stopped_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dynamic programme may make one state."""
    monkeypatch.setattr("calc.allocation.dynamic_programme.solve", partial(dynamic_programme.solve, most_states=1))


@pytest.mark.usefixtures("stopped_early")
def test_a_dynamic_programme_that_stops_says_what_gap_is_left(mobilenetv2: Analysis) -> None:
    found = run(mobilenetv2, ["bitops.product=4G"], solver="dynamic")
    assert 0 < found.gap < 0.1
    assert not found.optimal
    assert "left: stopped after" in next(line.note for line in certificate(found) if line.label == "lower bound")


def test_an_integer_programme_that_stops_says_what_gap_is_left(mobilenetv2: Analysis) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    found = run(mobilenetv2, ["bitops.product=4G"], solver="integer")
    (note,) = [
        line.note for line in certificate(found._replace(lower_bound=found.objective / 2)) if line.note[:3] == "gap"
    ]
    assert note == "gap 5.0e−01 left: stopped by --time-limit; a longer one goes on"


@pytest.mark.usefixtures("stopped_early")
def test_where_it_stops_auto_asks_the_integer_programme(mobilenetv2: Analysis, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("highspy", reason="needs the extra search")
    found = run(mobilenetv2, ["bitops.product=4G"])
    assert (found.solver, found.optimal) == (INTEGER, True)
    monkeypatch.setitem(__import__("sys").modules, "highspy", None)
    assert run(mobilenetv2, ["bitops.product=4G"]).solver == DYNAMIC
