"""Rows of text that are made many at a time, against Python's own way."""

import pytest

numpy = pytest.importorskip("numpy", reason="needs the extra search")
cells = pytest.importorskip("calc.sweeps.cells")


@pytest.mark.parametrize("most", [0, 9, 10, 9_999, 10_000, 99_999_999, 2**63 - 1])
def test_integers_are_written_as_python_writes_them(most: int) -> None:
    values = sorted({0, 1, 9, 10, 99, 100, 9_999, 10_000, 10_001, 100_000_000, 123_456_789_012, most // 3, most})
    given = [value for value in values if value <= most]
    text = cells.text_of_cells(
        [cells.cells_of_integers(numpy.array(given)), cells.cells_of_texts(["\n"])], (len(given),)
    )
    assert text.decode().split() == list(map(str, given))


def test_doubles_and_integers_of_pythons_own() -> None:
    doubles, integers = [0.0, 0.1, 1e22, 5e-324, 1.7976931348623157e308, 3.0], [0, 1, 2**63, 10**30, 7, 8]
    parts = [
        cells.cells_of_doubles(numpy.array(doubles)),
        cells.cells_of_texts([" "]),
        cells.cells_of_integers(numpy.array(integers, object)),
        cells.cells_of_texts(["\n"]),
    ]
    expected = "".join(f"{a!r} {b}\n" for a, b in zip(doubles, integers, strict=True))
    assert cells.text_of_cells(parts, (6,)).decode() == expected


def test_what_stands_for_all_is_written_in_every_row() -> None:
    names, sizes = cells.cells_of_texts(["é", "longer"])[:, None], cells.cells_of_integers(numpy.array([7, 8, 123]))
    text = cells.text_of_cells([names, cells.cells_of_texts([","]), sizes[None], cells.cells_of_texts(["\n"])], (2, 3))
    assert text.decode().split() == ["é,7", "é,8", "é,123", "longer,7", "longer,8", "longer,123"]
