"""The table model: cells as text."""

from calc.report.table import Column, Table, cell_text
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
    assert cell_text(None, "count") == "–"
    assert cell_text(12.34, "share") == "12.3 %"


def test_a_name_cannot_drive_a_terminal() -> None:
    assert cell_text("a\x1b[2Jb\u202e", "text") == "a\\x1b[2Jb\\u202e"
