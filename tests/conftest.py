"""Hypothesis profiles: derandomised by default, many at night, few where only Python is another; what was drawn."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from textwrap import wrap

import pytest
from hypothesis import HealthCheck, settings

from calc.cli import YOUNG_OBJECTS, commands
from tests.oracles import require_packages
from tests.same_draws import same_draws

settings.register_profile(
    "default",
    max_examples=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
settings.register_profile(
    "nightly", parent=settings.get_profile("default"), max_examples=100, derandomize=False, print_blob=True
)
settings.register_profile("few", parent=settings.get_profile("default"), max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("oracles"):
        require_packages(marker.args, os.environ)


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: Python's collector need not look through it each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])


@pytest.fixture(scope="session", autouse=True)
def commands_made_once() -> Iterator[None]:
    """A process makes the command that it runs from its function once; so do all tests that run one in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "_command", cache(commands._command))
        yield


@pytest.fixture(scope="session", autouse=True)
def draws_by_nothing_else() -> Iterator[None]:
    """What a derandomised test draws goes by the test alone, so that it fails each time or never."""
    with same_draws() if settings().derandomize else nullcontext():
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """In how many examples each op and each feature stood, of the tests that recorded it as ``drawn``."""
    drawn: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):  # from every process of a parallel run
        for name, counts in report.user_properties:
            if name == "drawn":
                drawn.update(counts)
    if drawn:
        terminalreporter.write_sep("=", f"drawn networks: {drawn.pop('examples')} examples")
        counts = ", ".join(f"{name} {count}" for name, count in sorted(drawn.items()))
        for line in wrap(counts, 120, break_on_hyphens=False):
            terminalreporter.write_line(line)
