"""Each format from the same analysis: complete, escaped, parseable."""

import csv
import io
import json
import re

import pytest

from calc.analysis import Analysis, analyse
from calc.report import FORMATS, render
from calc.report.latex import escape_latex as latex_escape
from calc.report.markdown import escape_markdown as markdown_escape
from calc.report.rows import View
from tests.calc.graphs import Draft, mobilenetv2

ANALYSIS = analyse(mobilenetv2(), bits="adaptive")
VIEWS = [View(), View(all_layers=True), View(by="block"), View(top=3), View(depth=1, sort="macs")]


def named(name: str) -> Analysis:
    draft = Draft(3, 4, 4)
    draft.add(name, "conv2d", out_channels=2, kernel_size=1)
    return analyse(draft.graph(name), bits="8")


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_takes_every_view_and_is_text_without_control_characters(format_name: str, view: View) -> None:
    text = render(ANALYSIS, format_name, view)
    assert text.endswith("\n")
    assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("format_name", ["table", "markdown", "latex"])
def test_people_read_the_conventions_beside_the_numbers(format_name: str) -> None:
    text = render(ANALYSIS, format_name, View()).replace("\\", "").replace("$times$", "×")
    for words in ("mobilenetv2", "net.yaml", "3×224×224", "batch 1", "adaptive", "same", "MACs × weight bits"):
        assert words in text
    for number in ("300,774,272", "3,504,872", "1,082,789,632", "5,323,079,168", "34,112"):
        assert number in text


def test_plain_text_is_exact_and_not_cut() -> None:
    lines = render(ANALYSIS, "table", View()).split("\n")
    (stem,) = [line for line in lines if line.startswith("features.0.0")]
    assert " ".join(stem.split()) == (
        "features.0.0 standard 3 32 3×3 2 1 224×224 112×112 864 10,838,016 8/8 86,704,128 8.0 % first 10 %"
    )
    assert sum(line.startswith(("features.", "classifier.")) for line in lines) == 53


def test_the_columns_of_plain_text_line_up() -> None:
    lines = render(ANALYSIS, "table", View(all_layers=True)).split("\n\n")[1].split("\n")
    gaps = [match.start() for match in re.finditer("  ", lines[1])]
    assert len(gaps) == 15
    for line in lines:
        assert all(line[gap : gap + 2].strip() == "" for gap in gaps)


def test_csv_has_raw_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(render(ANALYSIS, "csv", View(all_layers=True)))))
    assert len(rows) == len(ANALYSIS.layers)
    assert sum(int(row["macs"]) for row in rows) == ANALYSIS.totals.macs
    assert sum(int(row["bitops_product"]) for row in rows) == ANALYSIS.totals.bitops["product"]
    assert rows[0]["input_shape"] == "3x224x224"
    assert rows[0]["kernel_size"] == "3x3"
    assert rows[1]["weight_bits"] == ""


def test_csv_of_groups_has_raw_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(render(ANALYSIS, "csv", View(by="block")))))
    assert len(rows) == 20
    assert sum(int(row["bitops"]) for row in rows) == ANALYSIS.totals.bitops["weight"]


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@sum"])
def test_csv_runs_no_formula(name: str) -> None:
    rows = list(csv.reader(io.StringIO(render(named(name), "csv", View()))))
    assert rows[1][0] == "'" + name
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_csv_quotes_what_would_break_a_row() -> None:
    rows = list(csv.reader(io.StringIO(render(named('a,"b"\n\r\tc'), "csv", View()))))
    assert rows[1][0] == 'a,"b"\\n\\r\\tc'
    assert len(rows) == 2


def test_json_is_the_contract_with_one_layer_a_line() -> None:
    text = render(ANALYSIS, "json", View())
    assert json.loads(text) == json.loads(json.dumps(ANALYSIS.to_json_dict()))
    assert sum(line.startswith('    {"name"') for line in text.split("\n")) == len(ANALYSIS.layers)


def test_markdown_shows_names_literally() -> None:
    text = render(named("a|b`<b>@you_[x](y)*"), "markdown", View())
    row = next(line for line in text.split("\n") if line.startswith("| a&"))
    assert row.startswith("| a&#124;b\\`&#60;b&#62;@\u200byou\\_\\[x\\]\\(y\\)\\* |")
    assert markdown_escape("a&b") == "a&#38;b"


def test_markdown_rows_have_equal_cells() -> None:
    table = render(named("a|b"), "markdown", View()).split("\n\n")[2].split("\n")
    assert len({line.count("|") for line in table}) == 1
    assert table[1].startswith("| --- | --- | ---: |")


def test_latex_shows_names_literally() -> None:
    assert latex_escape(r"a_b\c{d}%#&$^~<>|") == (
        r"a\_b\textbackslash{}c\{d\}\%\#\&\$\textasciicircum{}\textasciitilde{}"
        r"\textless{}\textgreater{}\textbar{}"
    )


def test_latex_has_booktabs_rules_and_a_cell_for_every_column() -> None:
    text = render(ANALYSIS, "latex", View())
    rows = [line for line in text.split("\n") if line.startswith("features.")]
    assert len(rows) == 52
    assert {row.count(" & ") for row in rows} == {14}
    assert r"\begin{longtable}{llrrrrrrrrrrrrl}" in text
    assert all(rule in text for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    assert text.count("{") == text.count("}")


def test_html_shows_names_literally() -> None:
    text = named("<script>&")._repr_html_()
    assert "&lt;script&gt;&amp;" in text
    assert "<script" not in text
    assert "300,774,272" in ANALYSIS._repr_html_()


@pytest.mark.parametrize("format_name", ["table", "markdown", "latex"])
def test_escapes_in_a_name_are_shown(format_name: str) -> None:
    text = render(named("\x1b[2Jclear"), format_name, View())
    assert "\x1b" not in text
    assert "x1b" in text
