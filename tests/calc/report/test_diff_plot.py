"""The figure of a difference: ratios of totals on a logarithmic axis, and the layers that changed most."""

from pathlib import Path
from typing import Any

import pytest

from calc.gate.diff import diff
from calc.report import diff_plot
from calc.report.diff_plot import draw_difference
from tests.calc.cli.conftest import SPEC

pytest.importorskip("matplotlib")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """``drawn(before, after)``: the figure of two texts of specs."""
    figures: list[Any] = []
    monkeypatch.setattr("calc.report.figure.save", lambda figure, *_, **__: figures.append(figure))
    monkeypatch.chdir(tmp_path)

    def draw(before: str, after: str) -> Any:
        Path("a.yaml").write_text(before)
        Path("b.yaml").write_text(after)
        draw_difference("a.yaml", str(tmp_path / "b.yaml"), diff("a.yaml", "b.yaml", ["8"]), "diff.svg")
        return figures[-1]

    return draw


def test_ratios_and_layers(drawn: Any) -> None:
    figure = drawn(SPEC, SPEC.replace("width: 4", "width: 8"))
    assert figure.get_suptitle() == "a.yaml → b.yaml"  # without the folder of this machine
    totals, layers = figure.axes
    ratios = dict(zip([text.get_text() for text in totals.get_yticklabels()], totals.patches, strict=True))
    assert ratios["macs"].get_width() == pytest.approx(1.0)  # twice as many: a bar from 1 to 2
    assert any(text.get_text().endswith(", ×2") for text in totals.texts)
    assert totals.get_xscale() == "log"
    assert [text.get_text() for text in layers.get_yticklabels()] == ["stem.0 (changed)", "head (changed)"]


def test_networks_of_very_unlike_size_keep_small_bars_readable(drawn: Any) -> None:
    figure = drawn(SPEC, SPEC.replace("width: 4", "width: 4096"))
    totals = figure.axes[0]
    low, high = totals.get_xlim()
    assert low < 1 < 1024 < high
    assert all(low <= text.xy[0] <= high for text in totals.texts)


def test_nothing_moved(drawn: Any) -> None:
    texts = [text.get_text() for axes in drawn(SPEC, SPEC).axes for text in axes.texts]
    assert texts == ["no total moved", "no layer has other MACs"]


def test_of_many_layers_those_that_moved_most(drawn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff_plot, "MOST_LAYERS", 1)
    layers = drawn(SPEC, SPEC.replace("width: 4", "width: 8")).axes[1]
    assert layers.get_title(loc="left").endswith("the 1 of 2 that changed most")
