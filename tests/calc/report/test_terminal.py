"""The report on pinned consoles."""

import io

import pytest
from rich.console import Console

from calc.analysis import Analysis, analyse
from calc.report.rows import View
from calc.report.run_page import BAR_WIDTH, page
from calc.report.terminal import eighths, show_page
from tests.calc.graphs import Draft, mobilenetv2

ANALYSIS = analyse(mobilenetv2(), bits="adaptive")
TITLES = "Layer Kind In ch Out ch Kernel Stride Groups Input Output Params MACs W/A BitOps Share Rule"


def shown(width: int, analysis: Analysis = ANALYSIS, view: View = View(), colour: bool = False) -> str:  # noqa: B008
    file = io.StringIO()
    colours = {"force_terminal": True, "color_system": "truecolor"} if colour else {"color_system": None}
    show_page(page(analysis, view), Console(file=file, width=width, **colours), width)
    return file.getvalue()


def test_complete_at_140() -> None:
    lines = [line.rstrip() for line in shown(140).split("\n")]
    assert TITLES in [" ".join(line.split()) for line in lines]
    assert "too narrow" not in "\n".join(lines)
    stem = next(line for line in lines if line.startswith("features.0.0"))
    assert " ".join(stem.split()) == (
        "features.0.0 standard 3 32 3×3 2 1 224×224 112×112 864 10.8 M 8/8 86.7 M 8.0 % ████▌ first 10 %"
    )


def test_readable_at_80_and_it_says_what_is_missing() -> None:
    text = shown(80)
    stem = next(line for line in text.split("\n") if line.startswith("features.0.0"))
    assert " ".join(stem.split()) == "features.0.0 standard 112×112 864 10.8 M 8/8 86.7 M 8.0 % ████▌"
    assert "too narrow here for In ch, Out ch, Kernel, Stride, Groups, Input, Rule" in text


@pytest.mark.parametrize("width", [60, 80, 100, 140, 200])
def test_no_line_is_wider_than_the_terminal_and_no_layer_is_split(width: int) -> None:
    lines = shown(width).split("\n")
    assert max(map(len, lines)) <= width
    assert sum(line.startswith(("features.", "classifier.")) for line in lines) == 53
    assert "300,774,272" in "".join(lines)


@pytest.mark.parametrize("width", [40, 45, 52, 60, 80])
def test_a_total_is_never_broken(width: int) -> None:
    analysis = analyse(mobilenetv2(), bits="8")
    text = shown(width, analysis, View(top=1))
    for value in (analysis.totals.macs, analysis.totals.bitops["product"], analysis.totals.activation_elements):
        assert f"{value:,}" in text


def test_a_name_wider_than_the_terminal_is_folded_not_cut() -> None:
    draft = Draft(3, 4, 4)
    name = "".join(f"{i:03}." for i in range(30))
    draft.add(name, "conv2d", out_channels=2, kernel_size=1)
    text = shown(80, analyse(draft.graph()))
    assert "029." in text
    assert max(map(len, text.split("\n"))) <= 80


def test_names_are_no_markup_and_cannot_drive_the_terminal() -> None:
    draft = Draft(3, 4, 4)
    draft.add("[red]x[/]\x1b[2J:smile:", "conv2d", out_channels=2, kernel_size=1)
    text = shown(140, analyse(draft.graph("[link=http://a]m")), colour=True)
    assert "[red]x[/]\\x1b[2J:smile:" in text
    assert "[link=http://a]m" in text
    assert "\x1b[2J" not in text


def test_the_largest_share_fills_the_bar() -> None:
    assert eighths(30.0, 30.0, 8) == "█" * 8
    assert eighths(15.0, 30.0, 8) == "█" * 4
    assert eighths(0.0, 30.0, 8) == ""
    assert eighths(0.0, 0.0, 8) == ""
    assert eighths(30.0 * 3 / 64, 30.0, 8) == "▍"
    rows = [line for line in shown(140, view=View(top=3)).split("\n") if line.startswith("features")]
    assert rows[0].count("█") == BAR_WIDTH


def test_a_network_without_macs() -> None:
    draft = Draft(3, 4, 4)
    draft.add("act", "relu6")
    text = shown(100, analyse(draft.graph()))
    assert "no layer has MACs" in text
