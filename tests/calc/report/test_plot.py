"""Figures: what is drawn, in every format, and without matplotlib."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from calc.analysis import analyse
from calc.compare import configurations
from calc.errors import OpError
from calc.report import plot
from calc.spec import load

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def found():
    return configurations([analyse(load("seed_notebook"))], ["2", "8", "adaptive"])


def test_a_bar_a_configuration_and_a_panel_each(found) -> None:
    totals, *panels = plot.draw(found).axes
    assert [bar.get_width() for bar in totals.patches] == [float(one.bitops) / 10**6 for one in found]
    assert "MACs × weight bits" in totals.get_xlabel()
    assert "M = 10⁶" in totals.get_xlabel()
    assert [panel.get_title(loc="left") for panel in panels] == ["2 bit", "8 bit", "adaptive"]
    layers = [layer for layer in found[0].analysis.layers if layer.macs]
    assert [len(panel.patches) for panel in panels] == [len(layers)] * 3


def test_panels_of_one_network_share_their_scale(found) -> None:
    _, *panels = plot.draw(found).axes
    assert len({panel.get_ylim() for panel in panels}) == 1


def test_too_many_configurations_have_no_panels() -> None:
    many = configurations(
        [analyse(load("seed_depthwise_example"))], [str(bits) for bits in range(1, plot.MOST_PANELS + 2)]
    )
    assert len(plot.draw(many).axes) == 1


@pytest.mark.parametrize("ending", plot.ENDINGS)
def test_every_ending(found, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"figure{ending}"
    plot.write(found, path)
    data = path.read_bytes()
    starts = {".png": b"\x89PNG", ".pdf": b"%PDF", ".svg": b"<?xml", ".html": b"<!DOCTYPE html>"}
    assert data.startswith(starts[ending])


def test_html_holds_the_figure_and_the_numbers(found, tmp_path: Path) -> None:
    path = tmp_path / "figure.html"
    plot.write(found, path)
    text = path.read_text(encoding="utf-8")
    assert "<script" not in text
    assert f"{found[0].bitops:,}" in text
    svg = text[text.index("<svg") : text.index("</svg>") + len("</svg>")]
    ElementTree.fromstring(svg)


def test_an_unknown_ending(found, tmp_path: Path) -> None:
    with pytest.raises(OpError, match="a plot ends in"):
        plot.write(found, tmp_path / "figure.gif")


def test_a_folder_that_is_not_there(found, tmp_path: Path) -> None:
    with pytest.raises(OpError, match="cannot be written"):
        plot.write(found, tmp_path / "nowhere" / "figure.png")


def test_without_matplotlib_the_extra_is_named(found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(OpError) as error:
        plot.write(found, tmp_path / "figure.png")
    assert "macbits[plot]" in error.value.hint
