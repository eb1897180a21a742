"""A bar is shown for work over a second, on standard error, in a terminal only."""

import io
import sys

import pytest

from verify.cli import progress as module
from verify.cli.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands where the test puts it."""
    now = [0.0]
    monkeypatch.setattr(module, "perf_counter", lambda: now[0])
    return now


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, seconds: list[float], took: float) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress("1/2 Small", 10, "layers") as done:
        done(3)
        seconds[0] = took
        done(4)
        done(1)
    return stream.getvalue()


def test_a_bar_after_a_second_with_what_was_done_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: list[float]
) -> None:
    text = shown(monkeypatch, Terminal(), seconds, 1.0)
    assert "1/2 Small" in text
    assert "8/10" in text
    assert capsys.readouterr().out == ""


def test_nothing_for_quick_work(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
    assert shown(monkeypatch, Terminal(), seconds, 0.9) == ""


def test_nothing_in_a_pipe(monkeypatch: pytest.MonkeyPatch, seconds: list[float]) -> None:
    assert shown(monkeypatch, io.StringIO(), seconds, 9.0) == ""


def test_standard_output_stays_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seconds: list[float]
) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with progress("work", 2, "layers") as done:
        seconds[0] = 2.0
        done(1)
        print("a result")
    assert capsys.readouterr().out == "a result\n"
    assert "a result" not in stream.getvalue()
