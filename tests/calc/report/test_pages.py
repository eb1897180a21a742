"""Pages of tables in every format, and in a terminal of a given width."""

import csv
import io
import json

import pytest
from rich.console import Console

from calc.analysis import analyse
from calc.configurations import configurations
from calc.report import compare, conventions
from calc.report.line import Line
from calc.report.pages import FORMATS, Bars, Page, Section, render
from calc.report.table import Column, Table
from calc.report.terminal import show_page
from calc.spec import load

TABLE = Table(
    (Column("name", "Name", "text"), Column("n", "N", "count"), Column("x", "Extra", "text", 1)),
    (("a|b", 1234567, None),),
)
PAGE = Page(
    (Line("model", "m", "note"),), (Section("Title", TABLE, ("a note",), Bars("bars", ("a",), (3,))),), {"n": 1}
)


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format(format_name: str) -> None:
    text = render(PAGE, format_name)
    assert text.endswith("\n")
    if format_name == "json":
        assert json.loads(text) == {"n": 1}
    elif format_name == "csv":
        assert list(csv.reader(io.StringIO(text))) == [["name", "n", "x"], ["a|b", "1234567", ""]]
    else:
        assert "1,234,567" in text
        assert "a note" in text


def test_csv_has_every_table_under_one_header() -> None:
    other = Table((Column("n", "N", "count"), Column("y", "Y", "text")), ((5, "y"),))
    text = render(PAGE._replace(sections=(*PAGE.sections, Section("Other", other))), "csv")
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["name", "n", "x", "y"]
    assert rows == [["a|b", "1234567", "", ""], ["", "5", "", "y"]]


def test_markup_is_escaped_in_markdown() -> None:
    assert "a&#124;b" in render(PAGE, "markdown")


def test_a_table_without_rows_is_left_out() -> None:
    page = Page((), (Section("", Table(TABLE.columns, ()), ("nothing",)),), {})
    assert render(page, "table") == "nothing\n"


def _shown(page: Page, width: int) -> str:
    console = Console(width=width, color_system=None, force_terminal=False, file=io.StringIO())
    show_page(page, console, width)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    return text


@pytest.mark.parametrize("width", [40, 80, 140])
def test_a_terminal_is_never_overrun(width: int) -> None:
    page = conventions.page(analyse(load("mobilenetv2")), with_bitops=True)
    assert max(len(line) for line in _shown(page, width).splitlines()) <= width


def test_narrow_terminals_say_what_they_drop() -> None:
    assert "too narrow here for Unit" in _shown(conventions.page(analyse(load("mobilenetv2")), with_bitops=False), 70)


def test_the_longest_bar_is_the_largest_value() -> None:
    found = configurations([analyse(load("mobilenetv2"))], ["2", "8"])
    lines = [line for line in _shown(compare.page(found), 100).splitlines() if "█" in line]
    assert lines[0].count("█") * 4 == pytest.approx(lines[1].count("█"), abs=3)


def test_control_characters_of_a_name_are_shown_literally() -> None:
    page = Page((), (Section("\x1b[2J", TABLE, ("\x1b[31m",)),), {})
    assert "\x1b" not in _shown(page, 80)
    assert "\x1b" not in render(page, "table")


def test_conventions_of_a_network() -> None:
    page = conventions.page(analyse(load("mobilenetv2")), with_bitops=False)
    rows = {row[0]: row[1] for row in page.sections[0].table.rows}
    assert rows["fvcore"] == 314_193_216
    assert [one["convention"] for one in page.data["conventions"]] == list(rows)


@pytest.mark.parametrize("name", ["weight", "product"])
def test_bitops_without_the_ends_are_the_inner_layers(name: str) -> None:
    analysis = analyse(load("resnet18"), bits="4")
    layers = [layer.bitops[name] for layer in analysis.layers if layer.macs]
    assert conventions.bitops_total(analysis, name, "excluded") == sum(layers[1:-1])
    assert conventions.bitops_total(analysis, name, "rest") == sum(layers)
    factor = {"weight": 2, "product": 4}[name]
    assert conventions.bitops_total(analysis, name, "8") == sum(layers) + (factor - 1) * (layers[0] + layers[-1])
