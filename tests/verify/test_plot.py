"""Names beside the points of a picture."""

from itertools import combinations

import pytest

pytest.importorskip("torch")
pytest.importorskip("matplotlib")

from verify.plot import name_points, picture  # after the modules that may be missing

pytestmark = pytest.mark.torch
CLOSE = [
    (2.1, 87.8, "7"),
    (2.4, 86.1, "8"),
    (2.4, 85.9, "w8a8"),
    (1.8, 76.2, "6"),
    (1.08, 0.1, "adaptive"),
    (1.2, 4, "4"),
]


def test_names_of_close_points_do_not_overlap(tmp_path):
    with picture(str(tmp_path / "a.png"), 5, 4) as axis:
        axis.plot([x for x, _, _ in CLOSE], [y for _, y, _ in CLOSE], "o")
        name_points(axis, CLOSE)
        renderer = axis.figure.canvas.get_renderer()
        boxes = [text.get_window_extent(renderer) for text in axis.texts]
        assert [text.get_text() for text in axis.texts] == [name for _, _, name in CLOSE]
        assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))


def test_names_that_find_no_place_are_written_all_the_same(tmp_path):
    with picture(str(tmp_path / "a.png"), 3, 3) as axis:
        axis.plot([1], [1], "o")
        name_points(axis, [(1, 1, "the same place")] * 20)
        assert len(axis.texts) == 20
