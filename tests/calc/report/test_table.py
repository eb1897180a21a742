"""The table model: cells as text, and a table made to fit."""

from hypothesis import given
from hypothesis import strategies as st

from calc.report.table import Column, Table, fitted, text_of
from calc.report.units import short

TABLE = Table(
    (
        Column("name", "Layer", "text"),
        Column("kind", "Kind", "text", 1),
        Column("macs", "MACs", "count"),
        Column("size", "Input", "size", 2),
    ),
    (("stem", "standard", 10_838_016, (224, 224)), ("head", "linear", 0, ())),
)


def test_cells_as_people_read_them() -> None:
    assert TABLE.texts() == [["stem", "standard", "10,838,016", "224×224"], ["head", "linear", "0", "–"]]
    assert TABLE.texts(short)[0][2] == "10.8 M"
    assert text_of(None, "count") == "–"
    assert text_of(12.34, "share") == "12.3 %"


def test_a_name_cannot_drive_a_terminal() -> None:
    assert text_of("a\x1b[2Jb\u202e", "text") == "a\\x1b[2Jb\\u202e"


def test_wide_enough_for_all() -> None:
    fit = fitted(TABLE, 5 + 8 + 6 + 7 + 4 * 2)
    assert (fit.table, fit.gap, fit.dropped) == (TABLE, 2, ())


def test_space_goes_before_columns() -> None:
    fit = fitted(TABLE, 5 + 8 + 6 + 7 + 4)
    assert (fit.table, fit.gap, fit.dropped) == (TABLE, 1, ())


def test_the_least_important_column_goes_first() -> None:
    fit = fitted(TABLE, 5 + 8 + 6 + 7 + 3)
    assert fit.dropped == ("Kind",)
    assert [column.key for column in fit.table.columns] == ["name", "macs", "size"]
    assert fit.table.rows[0] == ("stem", 10_838_016, (224, 224))


@given(st.integers(0, 60))
def test_what_is_left_fits_unless_only_the_needed_columns_are(width: int) -> None:
    fit = fitted(TABLE, width)
    kept = {column.key for column in fit.table.columns}
    assert kept >= {"name", "macs"}
    widest = [max(map(len, cells)) for cells in zip(*fit.table.texts(short), strict=True)]
    titles = [len(column.title) for column in fit.table.columns]
    needed = sum(map(max, widest, titles)) + fit.gap * len(titles)
    assert needed <= width or kept == {"name", "macs"}
    assert len(kept) + len(fit.dropped) == len(TABLE.columns)
