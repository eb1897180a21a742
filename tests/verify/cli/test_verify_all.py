"""``calc verify --all``: its lines, its conclusion, and that it can fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from calc.analysis import Analysis
from verify.cli import summary
from verify.cli.summary import verify_all
from verify.published import Published
from verify.published import published as figures
from verify.verification import Verification


def test_lines_and_conclusion(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_all(["mobilenetv1", "squeezenet1_1"], "adaptive")
    titles, rule, first, second, empty, outputs, published, last = capsys.readouterr().out.splitlines()
    assert titles.startswith("spec ")
    assert set(rule) == {"-"}
    assert first.split()[:-1] == ["mobilenetv1", "3×224×224", "4,231,976", "568,740,352", "agree", "–", "–", "–"]
    cells = ["squeezenet1_1", "3×224×224", "1,235,496", "349,151,936", "agree", "identical", "identical", "1", "agree"]
    assert second.split()[:-1] == cells
    assert empty == ""
    assert ": 1 identical, 0 equal apart from rounding, 0 not run" in outputs
    assert published.endswith(": 1 of 1 figures agree")
    assert last.startswith("2 specs, 0 with differences, ")


def test_what_cannot_be_verified_is_a_line_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert not verify_all(["nonesuch"], "8")
    out = capsys.readouterr().out
    assert "ERROR" in out
    assert "nonesuch: nonesuch: neither a file nor a packaged spec" in out
    assert "1 specs, 1 with differences" in out


def test_another_figure_published_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def misprinted(*args: object) -> tuple[Published, ...]:
        return tuple(replace(figure, giga_macs=figure.giga_macs + 0.001) for figure in figures(*args))

    monkeypatch.setattr(summary, "published", misprinted)
    assert not verify_all(["squeezenet1_1"], "8")
    out = capsys.readouterr().out
    assert "1 DIFFER" in out
    assert "squeezenet1_1: IMAGENET1K_V1 at 3×224×224: published 0.350 GMACs and 1,235,496 params, here" in out


@pytest.mark.parametrize("limit, value", [("LARGEST_PARAMS", 10**6), ("LARGEST_MACS", 10**8)])
def test_networks_over_a_limit_are_not_run(
    limit: str, value: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(summary, limit, value)
    assert verify_all(["squeezenet1_1"], "8")
    assert "identical   not run " in capsys.readouterr().out


def test_an_error_of_any_kind_is_a_line_and_those_after_it_are_verified(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    true = summary.verify

    def fails(analysis: Analysis, *args: Any, **kwargs: Any) -> Verification:
        if analysis.graph.model == "SqueezeNet 1.0":
            raise KeyError("out")
        return true(analysis, *args, **kwargs)

    monkeypatch.setattr(summary, "verify", fails)
    assert not verify_all(["squeezenet1_0", "seed_notebook"], "8")
    lines = capsys.readouterr().out.splitlines()
    assert "ERROR" in lines[2]
    assert lines[3].split()[4] == "agree"
    assert "squeezenet1_0: KeyError: 'out'" in lines
    assert lines[-1].startswith("2 specs, 1 with differences, ")


def test_each_spec_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    @contextmanager
    def progress(what: str, *_: object) -> Iterator[Callable[[int], None]]:
        told.append(what)
        yield lambda done: None

    monkeypatch.setattr(summary, "progress", progress)
    verify_all(["seed_depthwise_example", "seed_notebook"], "8")
    assert told == ["1/2 seed_depthwise_example", "2/2 seed_notebook"]
