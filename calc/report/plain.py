"""Plain text for pipes and files, with exact numbers and without colour. Nothing is cut."""

from collections.abc import Callable

from calc.analysis import Analysis
from calc.report.line import Line
from calc.report.rows import View, listing, table_of
from calc.report.summary import header, totals
from calc.report.table import Table
from calc.report.units import exact


def render(analysis: Analysis, view: View) -> str:
    """Return the header, the table, a note on the rows that it leaves out, and the totals."""
    listed = listing(analysis, view)
    parts = [_lines(header(analysis), "<"), table_text(table_of(analysis, listed))]
    parts += [f"not listed: {what}" for what in listed.left_out]
    parts.append(_lines(totals(analysis), ">"))
    return "\n\n".join(parts) + "\n"


def table_text(table: Table, count: Callable[[int | float], str] = exact) -> str:
    """Return the table with two spaces between its columns, and a rule below the titles. ``count`` formats counts."""
    titles = [column.title for column in table.columns]
    texts = table.texts(count)
    widths = [max([len(row[i]) for row in [titles, *texts]]) for i in range(len(titles))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(
            text.rjust(width) if column.is_number else text.ljust(width)
            for text, width, column in zip(row, widths, table.columns, strict=True)
        ).rstrip()
        for row in [titles, rule, *texts]
    )


def _lines(lines: list[Line], alignment: str) -> str:
    label = max(len(line.label) for line in lines)
    value = max(len(line.value) for line in lines)
    return "\n".join(f"{line.label:{label}}  {line.value:{alignment}{value}}  {line.note}".rstrip() for line in lines)
