"""The collector is paused while values are built, does not walk them after, and leaves to others what they set."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from calc.collector import collector_paused

ROOT = Path(__file__).parents[2]
OLDEST = 2


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    gc.unfreeze()
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_inside_and_what_was_built_is_old() -> None:
    with collector_paused():
        assert not gc.isenabled()
        built: list[object] = [[] for _ in range(10)]
    assert gc.isenabled()
    assert any(each is built for each in gc.get_objects(OLDEST))


def test_inside_a_pause_a_pause_changes_nothing() -> None:
    with collector_paused():
        with collector_paused():
            built: list[object] = []
        assert not gc.isenabled()
        assert not any(each is built for each in gc.get_objects(OLDEST))


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with collector_paused():
        pass
    assert not gc.isenabled()


def test_what_somebody_froze_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    assert frozen
    with collector_paused():
        pass
    assert gc.get_freeze_count() == frozen
    assert gc.isenabled()


BUILDS = """
import gc
from calc import analyse, load
analyse(load("mobilenetv2"), bits="adaptive")  # what is imported and cached on the first call is not counted
gc.collect()
gc.disable()
model = load("mobilenetv2")
analysis = analyse(model, {"width": 0.5}, bits="adaptive")
assert analysis.totals.macs
del model, analysis
print(gc.collect())
"""


def test_what_calc_builds_has_no_cycles() -> None:
    # in a process of its own: what other tests left behind may become garbage at any time
    ran = subprocess.run([sys.executable, "-c", BUILDS], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (ran.stdout, ran.stderr) == ("0\n", "")
