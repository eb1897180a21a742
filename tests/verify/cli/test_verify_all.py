"""``calc verify --all``: its lines, its conclusion, and that it can fail."""

from dataclasses import replace

import pytest

from verify.cli import summary
from verify.cli.summary import verify_all
from verify.published import Published
from verify.published import published as figures


def test_lines_and_conclusion(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_all(["mobilenetv1", "squeezenet1_1"], "adaptive")
    titles, rule, first, second, empty, outputs, published, last = capsys.readouterr().out.splitlines()
    assert titles.startswith("spec ")
    assert set(rule) == {"-"}
    assert first.split()[:-1] == ["mobilenetv1", "3×224×224", "4,231,976", "568,740,352", "agree", "–", "–", "–"]
    cells = ["squeezenet1_1", "3×224×224", "1,235,496", "349,151,936", "agree", "identical", "identical", "1", "agree"]
    assert second.split()[:-1] == cells
    assert empty == ""
    assert ": 1 identical, 0 equal to rounding, 0 not run" in outputs
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


def test_networks_over_the_limit_are_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(summary, "LARGEST_PARAMS", 10**6)
    assert verify_all(["squeezenet1_1"], "8")
    assert "identical   not run " in capsys.readouterr().out
