"""What a notebook shows: blocks that open to their layers, on one grid, in little space, without scripts."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import calc.page
from calc.analysis import Analysis, analyse
from calc.colours import OF_BITS, ORANGE
from calc.report import html
from calc.report.html import render
from calc.report.html_charts import BITS_BY_LAYER, MEMORY_OVER_TIME, bits_strip, memory_chart
from calc.report.rows import View, listing
from calc.sources import load
from calc.spec.load import loads
from tests.calc.graphs import Draft, chain

MOBILENET = analyse(load("mobilenetv2"), bits="adaptive")
MOST_BYTES = 60_000


class Page(HTMLParser):
    """The rows of the grid, each with its texts, and how many tags are open at the end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.folded: list[int] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "wbr":  # where a line may break: it has no end
            return
        self.open.append(tag)
        kind = (dict(attrs).get("class") or "").split()
        if "r" in kind:
            self.rows.append([])
            if "details" in self.open and tag == "tr":
                self.folded.append(len(self.rows) - 1)
        elif self.rows and tag in ("span", "td") and not {"l", "h"} & set(kind):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1] and {"span", "td"} & set(self.open):
            self.rows[-1][-1] += data


def grid(analysis: Analysis) -> Page:
    text = render(analysis)
    return Page(text[: text.rindex('<table class="l">')])


def test_mobilenetv2_is_small() -> None:
    assert len(render(MOBILENET).encode()) <= MOST_BYTES


def test_every_block_and_every_layer_is_a_row_of_the_same_columns() -> None:
    page = grid(MOBILENET)
    assert page.open == ["div"]  # of what stands behind the grid
    assert {len(row) for row in page.rows} == {9}
    blocks = listing(MOBILENET, View(all_layers=True, by="block")).rows
    assert len(page.rows) == 1 + len(blocks) + sum([len(block.layers) for block in blocks if len(block.layers) > 1])
    assert len(page.folded) == sum([len(block.layers) for block in blocks if len(block.layers) > 1])


def test_what_is_folded_adds_up_to_its_block() -> None:
    page = grid(MOBILENET)
    titles = page.rows[0]
    at = titles.index("MACs")
    folded = sum([int(page.rows[index][at].replace(",", "")) for index in page.folded])
    alone = [row for index, row in enumerate(page.rows) if index and index not in page.folded]
    assert sum([int(row[at].replace(",", "")) for row in alone]) == MOBILENET.totals.macs
    assert folded == MOBILENET.totals.macs - 1_280_000  # 1280 * 1000: the classifier is no block of several layers


def test_layers_are_called_as_within_their_block_and_in_full_on_being_pointed_at() -> None:
    assert '<td class="n" title="features.1.conv.0.0">conv.<wbr>0.<wbr>0</td>' in render(MOBILENET)


def test_a_narrow_page_breaks_names_between_their_parts() -> None:
    text = render(analyse(load("vit_b_16")))
    assert "<span>encoder.<wbr>layers.<wbr>encoder<wbr>_layer<wbr>_0</span>" in text
    assert "<span>position<wbr>_embedding</span>" in text
    assert "layers.<wbr>{0..31}.<wbr>mlp" in render(analyse(load("llama3_8b")))


def test_bits_have_colours_and_a_block_of_several_both() -> None:
    text = render(MOBILENET)
    assert set(re.findall(r"^\.calc \.(b[\d-]+)\{", text, re.MULTILINE)) == {"b8", "b4", "b2", "b2-4"}
    assert "linear-gradient(90deg,#D55E0055,#E69F0055)" in text


def test_no_colour_of_text_or_page_is_set_so_that_dark_and_light_both_show_it() -> None:
    style = render(MOBILENET).partition("<style>")[2].partition("</style>")[0]
    assert "<script" not in render(MOBILENET)
    assert set(re.findall(r"[;{]color:([^;}]+)", style)) == {"inherit"}
    assert all(len(colour) in (4, 8) for colour in re.findall(r"#([0-9A-Fa-f]+)", style))  # with an alpha, all of them


def test_a_network_of_very_many_layers_shows_its_blocks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "MOST_ROWS", 10)
    text = render(MOBILENET)
    assert "<details>" not in text
    assert "153 layers, so blocks do not open to theirs" in text


def test_names_are_shown_literally() -> None:
    draft = Draft(3, 8, 8)
    for name in ("<b>.0", "<b>.1\x1b"):
        draft.add(name, "conv2d", out_channels=3, kernel_size=1)
    text = render(analyse(draft.graph("<script>"), bits=8))
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "\x1b" not in text
    assert "<script" not in text


def test_a_network_without_macs_and_one_layer() -> None:
    draft = Draft(3, 8, 8)
    draft.add("act", "relu")
    assert "<details>" not in render(analyse(draft.graph()))
    assert "100" not in grid(analyse(chain(3, 8, 8, convolutions=1, classifier=False))).rows[1][0]


def drawn(text: str, shade: str) -> int:
    """How many layers wide the cells of that colour are, in all."""
    paths = re.findall(rf'<path fill="{shade}" d="M\d+,(?:0|26)h(\d+)v24', text)
    return sum(map(int, paths))


def test_the_bits_of_each_layer_are_drawn_in_the_colours_of_the_page() -> None:
    text = bits_strip(MOBILENET)
    assert [drawn(text, OF_BITS[bits]) for bits in (8, 4, 2)] == [2 * 7, 2 * 20, 2 * 26]
    assert re.findall(r"</b> (\d+ bits?) ", text) == ["2 bits", "4 bits", "8 bits"]
    assert text in render(MOBILENET)


def test_the_memory_is_drawn_with_the_layer_at_the_peak() -> None:
    text = memory_chart(MOBILENET)
    live = MOBILENET.live_bytes
    heights = [int(height) for height, run in re.findall(r"V(\d+)h(\d+)", text) for _ in range(int(run))]
    assert heights == [100 - value * 100 // max(live) for value in live]
    peak = live.index(max(live))
    assert f'fill="{ORANGE}" d="M{peak},0h' in text
    assert f"peak: 2.41 MB while {MOBILENET.layers[peak].name} runs" in text
    assert text in render(MOBILENET)


def test_what_stands_above_the_pictures_stands_there_on_the_page_too() -> None:
    page = (Path(calc.page.__file__).parent / "static" / "page.html").read_text("utf-8")
    assert [f"<h2>{title}</h2>" in page for title in (BITS_BY_LAYER, MEMORY_OVER_TIME)] == [True, True]


def test_without_macs_or_with_unknown_layers_there_is_no_picture() -> None:
    draft = Draft(3, 8, 8)
    draft.add("act", "relu")
    assert bits_strip(analyse(draft.graph())) == ""
    unknown = analyse(loads("name: n\ninput: [4]\nlayers:\n  - opaque: {op: x, shape: [4], reason: none}\n"))
    assert memory_chart(unknown) == ""
