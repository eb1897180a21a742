"""The figure of a sweep: one quantity over one or two axes."""

from typing import Any

import pytest

from calc.errors import OpError
from calc.report.sweep_plot import MOST_LINES, draw_sweep, plotted, plotted_axes


@pytest.mark.parametrize(
    "varied, axes",
    [
        ({"width": 3, "bits": 1}, ("width", None)),
        ({"bits": 4}, ("bits", None)),
        ({"width": 3, "bits": 9}, ("width", "bits")),
        ({"width": 3, "resolution": 5, "bits": 1}, ("resolution", "width")),
        ({"width": 1, "bits": 1}, ("width", None)),
    ],
)
def test_what_goes_along_and_what_are_lines(varied: dict[str, int], axes: tuple[str, str | None]) -> None:
    assert plotted_axes(varied) == axes


@pytest.mark.parametrize(
    "varied, fact",
    [
        ({"a": 2, "b": 2, "bits": 2}, "a, b, bits are varied"),
        ({"a": 100, "bits": MOST_LINES + 1}, "too many lines"),
        ({"a": 6000, "bits": 1}, "6000 points"),
    ],
)
def test_what_cannot_be_drawn(varied: dict[str, int], fact: str) -> None:
    with pytest.raises(OpError, match=fact):
        plotted_axes(varied)


def test_an_unknown_quantity() -> None:
    with pytest.raises(OpError, match="is not a quantity of a sweep") as refused:
        plotted("mac")
    assert "macs" in str(refused.value.hint)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("matplotlib")
    figures: list[Any] = []
    monkeypatch.setattr("calc.report.figure.save", lambda figure, *_, **__: figures.append(figure))

    def draw(axes: tuple[str, str | None], records: list[dict[str, Any]]) -> Any:
        draw_sweep("Net", "macs", axes, records, "sweep.svg")
        (found,) = figures[-1].axes
        return found

    return draw


def test_a_line_for_each_value_of_the_second_axis(drawn: Any) -> None:
    rows = [{"width": w, "bits": b, "macs": 10 * w * len(b)} for w in (1, 2, 4) for b in ("8", "w4a8")]
    axes = drawn(("width", "bits"), rows)
    assert [line.get_label() for line in axes.lines] == ["bits 8", "bits w4a8"]
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2, 4]] * 2
    assert [list(line.get_ydata()) for line in axes.lines] == [[10, 20, 40], [40, 80, 160]]


def test_words_stand_in_their_order_and_what_cannot_be_is_a_gap(drawn: Any) -> None:
    rows = [{"bits": "adaptive", "macs": 3}, {"bits": "8", "macs": None}, {"bits": "4", "macs": 1}]
    axes = drawn(("bits", None), rows)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["adaptive", "8", "4"]
    (line,) = axes.lines
    assert list(line.get_xdata()) == [0, 1, 2]
    assert str(line.get_ydata()[1]) == "nan"
    assert axes.get_title(loc="right") == "1 point cannot be, and left out"
