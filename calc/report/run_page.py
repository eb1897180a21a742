"""The page that ``calc run`` shows in a terminal: the layers with a bar each, and the totals."""

from calc.analysis import Analysis
from calc.report.cells import eighths
from calc.report.pages import Page, Section
from calc.report.rows import View, listing, table_of
from calc.report.summary import header, totals
from calc.report.table import Column, Table
from calc.report.terminal import facts

BAR_WIDTH = 8


def page(analysis: Analysis, view: View) -> Page:
    """Return the report of ``view``. Its counts are rounded, and its totals exact."""
    listed = listing(analysis, view)
    notes = tuple([f"not listed: {what}" for what in listed.left_out])
    layers = Section("", with_bars(table_of(analysis, listed)), notes, rounded=True)
    return Page(tuple(header(analysis)), (layers, Section("totals", facts(totals(analysis), numbers=True))), None)


def with_bars(table: Table) -> Table:
    """Return ``table`` with a bar beside each share. The largest share fills it."""
    at = [column.key for column in table.columns].index("share") + 1
    largest = max([row[at - 1] or 0.0 for row in table.rows], default=0.0)
    columns = (*table.columns[:at], Column("bar", "", "bar"), *table.columns[at:])
    rows = [(*row[:at], eighths(row[at - 1] or 0.0, largest, BAR_WIDTH), *row[at:]) for row in table.rows]
    return Table(columns, tuple(rows))
