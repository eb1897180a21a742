"""Reports read by what people read them with: TeX, a CSV reader, a Markdown renderer."""

import csv
import io
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from calc.analysis import Analysis, analyse
from calc.report import render
from calc.report.csv_text import layer_columns
from calc.report.rows import View
from tests.calc.graphs import Draft, mobilenetv2

ANALYSIS = analyse(mobilenetv2(), bits="adaptive")
EVERY = View(all_layers=True)
HOSTILE = (
    "a_b\\c{d}%#&$^~<>|\"'`",
    "\\input{/etc/passwd}\\write18{id}",
    "[3em]x",
    "*x",
    "--?`!``",
    "\x1b[2J\x00\u202e",
    "é→−日本𝔸",
    "=cmd()",
    '+1,"2"\n3\r',
    "@somebody #12 http://evil.example <script>",
    "x" * 200,
)


def named(*names: str) -> Analysis:
    """A network with one layer of each name, itself named after the first."""
    draft = Draft(3, 4, 4)
    for name in names:
        draft.add(name, "conv2d", out_channels=2, kernel_size=1)
    return analyse(draft.graph(names[0]), bits="8")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no TeX is installed")
@pytest.mark.parametrize("analysis, view", [(ANALYSIS, EVERY), (ANALYSIS, View(by="block")), (named(*HOSTILE), EVERY)])
def test_latex_compiles(analysis: Analysis, view: View, tmp_path: Path) -> None:
    body = render(analysis, "latex", view)
    preamble = r"\documentclass{article}\usepackage[landscape,margin=1cm]{geometry}\usepackage{booktabs,longtable}"
    (tmp_path / "report.tex").write_text(f"{preamble}\\begin{{document}}\n{body}\\end{{document}}\n", encoding="utf-8")
    ended = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "report.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "report.pdf").stat().st_size > 1000
    assert b"passwd" not in b"".join(path.read_bytes() for path in tmp_path.glob("*.aux"))


def test_latex_needs_booktabs_and_longtable_and_no_siunitx() -> None:
    text = render(ANALYSIS, "latex", View())
    assert "siunitx" not in text
    assert all(rule in text for rule in (r"\toprule", r"\midrule", r"\bottomrule"))


def test_csv_is_one_row_a_layer_of_raw_integers() -> None:
    rows = list(csv.DictReader(io.StringIO(render(ANALYSIS, "csv", EVERY)), strict=True))
    assert [row["name"] for row in rows] == [layer.name for layer in ANALYSIS.layers]
    for row, layer in zip(rows, ANALYSIS.layers, strict=True):
        assert tuple(row) == layer_columns()
        for key in ("params", "buffers", "macs", "effective_macs", "weight_bits_total", "output_elements"):
            assert int(row[key]) == getattr(layer, key)
        for convention in ("weight", "product"):
            assert int(row[f"bitops_{convention}"]) == layer.bitops[convention]


def test_csv_of_hostile_names_has_no_formula_and_no_broken_row() -> None:
    rows = list(csv.reader(io.StringIO(render(named(*HOSTILE), "csv", EVERY)), strict=True))
    assert {len(row) for row in rows} == {len(layer_columns())}
    assert len(rows) == 1 + len(HOSTILE)
    for row in rows:
        assert all(cell.isprintable() and not cell.startswith(("=", "+", "-", "@")) for cell in row)


class Tables(HTMLParser):
    """The tags of a page, and the cells of its tables by row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and data != "\n":
            self.rows[-1][-1] += data


def page_of(analysis: Analysis) -> Tables:
    return Tables(MarkdownIt("commonmark").enable("table").render(render(analysis, "markdown", EVERY)))


def test_markdown_renders_as_a_table_of_every_layer() -> None:
    rows = page_of(ANALYSIS).rows
    names = [row[0] for row in rows]
    assert names[1 : 1 + len(ANALYSIS.layers)] == [layer.name for layer in ANALYSIS.layers]
    assert ["MACs", "300,774,272"] in [row[:2] for row in rows]


def test_markdown_of_hostile_names_renders_as_their_text() -> None:
    page = page_of(named(*HOSTILE))
    assert page.tags == {"h2", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "p"} or page.tags == {
        "h2",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    shown = [row[0].replace("\u200b", "").strip() for row in page.rows[1 : 1 + len(HOSTILE)]]
    assert shown[0] == HOSTILE[0]
    assert shown[1] == HOSTILE[1]
    assert shown[9] == HOSTILE[9]
    assert all(cell.isprintable() for cell in shown)
