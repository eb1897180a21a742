"""The figure of a run: shares by block, each piece in the colour of its bits, and memory over time."""

from pathlib import Path
from typing import Any

import pytest

from calc.analysis import Analysis, analyse
from calc.report.run_plot import draw_run
from calc.spec import loads
from tests.calc.graphs import Draft, chain

pytest.importorskip("matplotlib")
NET = """\
name: Net
input: [4, 8, 8]
layers:
  a:
    - {conv2d: {out_channels: 4, kernel_size: 1}, bits: 8}
    - {conv2d: {out_channels: 4, kernel_size: 1}, bits: 2}
  b: {conv2d: {out_channels: 8, kernel_size: 1}, bits: 2}
"""


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """``drawn(analysis)``: the figure, which is not written."""
    figures: list[Any] = []
    monkeypatch.setattr("calc.report.figure.save", lambda figure, *_, **__: figures.append(figure))

    def draw(analysis: Analysis) -> Any:
        draw_run(analysis, "run.svg")
        return figures[-1]

    return draw


def test_pieces_of_each_block_add_up_to_its_share(drawn: Any) -> None:
    shares, memory = drawn(analyse(loads(NET), bits="spec")).axes
    whole = 16 * 8 + 16 * 2 + 32 * 2  # MACs of a position × bits: 4·4·8, 4·4·2, 4·8·2
    heights = [bar.get_height() for bar in shares.patches]
    assert heights == pytest.approx([100 * 16 * 8 / whole, 100 * 16 * 2 / whole, 100 * 32 * 2 / whole])
    assert [text.get_text() for text in shares.get_xticklabels()] == ["a.0", "a.1", "b"]
    assert len(memory.patches) == 4  # the input and three layers


def test_the_title_says_what_the_numbers_are_of(drawn: Any) -> None:
    title = drawn(analyse(loads(NET), bits=8, batch=2)).get_suptitle()
    assert title == "Net at 8 bit, input 4×8×8, batch 2"


def test_a_network_without_macs(drawn: Any) -> None:
    draft = Draft(3, 8, 8)
    draft.add("act", "relu")
    shares, _ = drawn(analyse(draft.graph())).axes
    assert "no layer has MACs" in [text.get_text() for text in shares.texts]


@pytest.mark.parametrize("ending, begins", [("svg", b"<?xml"), ("pdf", b"%PDF-"), ("png", b"\x89PNG")])
def test_files_by_their_endings(tmp_path: Path, ending: str, begins: bytes) -> None:
    path = tmp_path / f"run.{ending}"
    draw_run(analyse(chain(3, 8, 8, convolutions=1)), str(path))
    assert path.read_bytes().startswith(begins)
