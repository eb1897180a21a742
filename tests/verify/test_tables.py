from calc.report.table import Column, Table
from verify.tables import with_notes

TABLE = Table(
    (Column("a", "Layer", "text"), Column("b", "MACs", "count"), Column("c", "Rarely read", "number", 1)),
    (("first", 1_234_567, "x"), ("second", 89, "y")),
)


def test_a_pipe_gets_exact_numbers_and_every_column():
    assert with_notes(TABLE, ["a note"]).splitlines() == [
        "Layer        MACs  Rarely read",
        "------  ---------  -----------",
        "first   1,234,567            x",
        "second         89            y",
        "",
        "a note",
    ]


def test_a_terminal_gets_no_line_longer_than_its_width():
    text = with_notes(TABLE, ["a note that is longer than the terminal is wide"], width=20)
    assert max(map(len, text.splitlines())) <= 20
    assert "1.23 M" in text
    assert "Rarely read:" in text.replace("\n", " ")
