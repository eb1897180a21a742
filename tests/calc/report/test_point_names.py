"""Names beside the points of a figure."""

from itertools import combinations
from pathlib import Path

import pytest

from calc.report.figure import figure
from calc.report.point_names import name_points

pytest.importorskip("matplotlib", reason="needs the extra plot")

from matplotlib.text import Annotation, Text

CLOSE = [
    (2.1, 87.8, "7"),
    (2.4, 86.1, "8"),
    (2.4, 85.9, "w8a8"),
    (1.8, 76.2, "6"),
    (1.08, 0.1, "adaptive"),
    (1.2, 4, "4"),
]


def test_names_of_close_points_do_not_overlap(tmp_path: Path) -> None:
    with figure(str(tmp_path / "a.png"), 5, 4) as drawn:
        axes = drawn.subplots()
        axes.plot([x for x, _, _ in CLOSE], [y for _, y, _ in CLOSE], "o")
        name_points(axes, CLOSE)
        drawn.draw_without_rendering()
        boxes = [Text.get_window_extent(text) for text in axes.texts]  # without the lines to far names
        assert [text.get_text() for text in axes.texts] == [name for _, _, name in CLOSE]
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_names_of_a_row_of_points_stand_above_one_another(tmp_path: Path) -> None:
    row = [(x, 5, f"policy {x}") for x in range(5)]
    with figure(str(tmp_path / "a.png"), 3, 3) as drawn:
        axes = drawn.subplots()
        axes.plot([x for x, _, _ in row], [y for _, y, _ in row], "o")
        axes.set_xlim(-3, 8)
        axes.set_ylim(0, 100)
        name_points(axes, row)
        drawn.draw_without_rendering()
        boxes = [Text.get_window_extent(text) for text in axes.texts]
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
        assert all(axes.bbox.y0 <= box.y0 for box in boxes)
        assert any(isinstance(text, Annotation) and text.arrow_patch for text in axes.texts)


def test_names_cover_no_line_and_no_legend(tmp_path: Path) -> None:
    with figure(str(tmp_path / "a.png"), 5, 4) as drawn:
        axes = drawn.subplots()
        (line,) = axes.plot([0, 1, 2], [2, 1, 0], label="a line")
        axes.plot([1, 1.6], [1, 1.9], "o")
        legend = axes.legend(loc="upper right")
        name_points(axes, [(1, 1, "on the line"), (1.6, 1.9, "by the legend")])
        path = line.get_path().transformed(axes.transData)
        for text in axes.texts:
            assert not path.intersects_bbox(text.get_window_extent(), filled=False)
            assert not legend.get_window_extent().overlaps(text.get_window_extent())


def test_names_that_find_no_place_are_written_all_the_same(tmp_path: Path) -> None:
    with figure(str(tmp_path / "a.png"), 3, 3) as drawn:
        axes = drawn.subplots()
        axes.plot([1], [1], "o")
        name_points(axes, [(1, 1, "the same place")] * 20)
        assert len(axes.texts) == 20


def test_a_name_is_no_mathematics(tmp_path: Path) -> None:
    with figure(str(tmp_path / "a.png"), 3, 3) as drawn:
        axes = drawn.subplots()
        axes.plot([1], [1], "o")
        name_points(axes, [(1, 1, "a $x_$ b")])
    assert (tmp_path / "a.png").exists()
