"""The rule by which a table fits a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from calc.report.cells import cells
from calc.report.fit import NARROWEST_NAME, drawn, fitted
from calc.report.growing import Growing
from calc.report.table import Column, Table
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
WIDTHS = (5, 8, 6, 7)
"""Of its columns, counts rounded: "Layer", "standard", "10.8 M", "224×224"."""


def test_wide_enough_for_all() -> None:
    fit = fitted(TABLE, sum(WIDTHS) + 3 * 2, short)
    assert (fit.table, fit.widths, fit.gap, fit.dropped) == (TABLE, WIDTHS, 2, ())
    assert drawn(fit, 32) == [
        "Layer  Kind        MACs    Input",
        "────────────────────────────────",
        "stem   standard  10.8 M  224×224",
        "head   linear         0        –",
    ]


def test_space_goes_before_columns() -> None:
    fit = fitted(TABLE, sum(WIDTHS) + 3, short)
    assert (fit.table, fit.gap, fit.dropped) == (TABLE, 1, ())


def test_the_least_important_column_goes_first_and_is_named() -> None:
    fit = fitted(TABLE, sum(WIDTHS) + 2, short)
    assert (fit.dropped, fit.narrowed) == (("Kind",), "too narrow here for Kind: widen or pipe")
    assert [column.key for column in fit.table.columns] == ["name", "macs", "size"]
    assert fit.table.rows[0] == ("stem", 10_838_016, (224, 224))
    assert fit.gap == 2


def test_of_two_columns_of_one_title_the_one_that_went_is_told() -> None:
    columns = (Column("a", "BitOps", "count"), Column("b", "× fp32", "number"), Column("c", "Bytes", "count"))
    table = Table((*columns, Column("d", "× fp32", "number", 1)), ((1, "0.5", 2, "0.25"),))
    assert fitted(table, 22).dropped == ("× fp32 beside Bytes",)


def test_words_are_folded_before_a_column_goes() -> None:
    words = "one two three four five six seven"
    table = Table((Column("why", "Why", "text"), Column("n", "N", "count", 1)), ((words, 1234),))
    assert drawn(fitted(table, 31), 31) == [
        "Why                           N",
        "───────────────────────────────",
        "one two three four five   1,234",
        "six seven",
    ]
    fit = fitted(table, 31)
    assert (fit.dropped, fit.widths) == ((), (24, 5))
    assert fitted(table, 29).dropped == ("N",)


def test_a_name_is_folded_only_beyond_half_of_the_terminal() -> None:
    table = Table((Column("name", "Layer", "text"), Column("n", "N", "number", 1)), (("block." * 10, "9" * 20),))
    assert fitted(table, 60).widths == (38, 20)
    assert fitted(table, 45).dropped == ()
    assert fitted(table, 44).dropped == ("N",)


def test_where_numbers_alone_do_not_fit_the_rows_are_listed() -> None:
    columns = (Column("name", "Layer", "text"), Column("a", "First", "count"), Column("b", "Second", "count"))
    table = Table(columns, (("stem", 10**15, 10**16), ("head", 1, 2)))
    assert drawn(fitted(table, 40), 40) == [
        "Layer   stem",
        "First   1,000,000,000,000,000",
        "Second  10,000,000,000,000,000",
        "",
        "Layer   head",
        "First   1",
        "Second  2",
    ]


@given(
    st.integers(0, 90),
    st.lists(st.tuples(st.text("abc. 漢", max_size=80), st.integers(0, 10**12)), max_size=4),
)
def test_no_line_is_wider_and_no_number_is_cut(width: int, rows: list[tuple[str, int]]) -> None:
    columns = (Column("name", "Layer", "text"), Column("x", "Twice", "count", 3), Column("n", "MACs", "count"))
    table = Table(columns, tuple([(name, 2 * n, n) for name, n in rows]))
    fit = fitted(table, width)
    lines = drawn(fit, width)
    assert all(f"{n:,}" in "\n".join(lines) for _, n in rows)
    assert len(fit.table.columns) + len(fit.dropped) == len(columns)
    if not fit.stacked:
        assert max(map(cells, lines)) <= width
    else:
        assert width < NARROWEST_NAME + 1 + max([len(f"{n:,}") for _, n in rows] or [len("MACs")])


class TestGrowing:
    COLUMNS = (Column("name", "Layer", "text"), Column("n", "MACs", "count"), Column("x", "Extra", "text", 1))

    def lines(self, growing: Growing, *rows: tuple[str, int, str]) -> list[str]:
        return growing.lines(Table(self.COLUMNS, rows))

    def test_rows_that_fit_have_one_head(self) -> None:
        growing = Growing(30)
        assert self.lines(growing, ("first", 1000, "a")) == [
            "Layer   MACs  Extra",
            "───────────────────",
            "first  1,000  a",
        ]
        assert self.lines(growing, ("b", 5, "c")) == ["b          5  c"]

    def test_rows_that_need_more_have_a_head_of_their_own(self) -> None:
        growing = Growing(30)
        self.lines(growing, ("first", 1, "a"))
        assert self.lines(growing, ("longer", 1, "a"))[:2] == ["", "Layer   MACs  Extra"]
        assert self.lines(growing, ("first", 1, "a")) == ["first      1  a"]

    def test_a_column_that_went_stays_away(self) -> None:
        growing = Growing(14)
        assert self.lines(growing, ("first", 1000, "a")) == ["Layer   MACs", "─" * 12, "first  1,000"]
        assert self.lines(growing, ("b", 5, "c")) == ["b          5"]
        assert growing.narrowed == "too narrow here for Extra: widen or pipe"

    def test_a_head_before_there_are_rows(self) -> None:
        growing = Growing(30)
        assert growing.begin(Table(self.COLUMNS, (("first", 1000, "a"),))) == ["Layer   MACs  Extra", "─" * 19]
        assert self.lines(growing, ("b", 5, "c")) == ["b          5  c"]


def test_a_dropped_column_without_a_title_is_called_by_its_key() -> None:
    columns = (Column("label", "", "text"), Column("value", "", "number"), Column("notes", "", "text", 0))
    fit = fitted(Table(columns, (("MACs", 10**30, "unbreakable" * 8),)), 60)
    assert fit.narrowed == "too narrow here for notes: widen or pipe"
