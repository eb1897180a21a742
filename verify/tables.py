"""A table and its notes as text, for a pipe or fitted to a terminal."""

from collections.abc import Sequence
from textwrap import wrap

from calc.report.plain import table_text
from calc.report.table import Table, fitted
from calc.report.units import short


def with_notes(table: Table, notes: Sequence[str], width: int | None = None) -> str:
    """``table``, an empty line, ``notes``; ``width`` cuts it to so many characters: short counts, fewer columns."""
    if width is None:
        return "\n".join([table_text(table), "", *notes]) + "\n"
    table, _, dropped = fitted(table, width)
    columns = tuple(column._replace(kind="number") if column.kind == "count" else column for column in table.columns)
    shown = table_text(Table(columns, tuple(map(tuple, table.texts(short)))))
    lines = [f"too narrow here for {', '.join(dropped)}: widen, pipe, or --format csv"] if dropped else []
    return "\n".join([shown, "", *[part for line in [*lines, *notes] for part in wrap(line, width)]]) + "\n"
