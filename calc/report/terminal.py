"""A page in a terminal, with tables that fit, bars and colour. Only this module uses rich."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from calc.errors import printable
from calc.report.cells import cells, eighths, paragraph
from calc.report.fit import RULE, Fitted, fitted, listed, row_lines
from calc.report.line import Line
from calc.report.pages import Bars, Page, Section
from calc.report.table import ALWAYS, Column, Table
from calc.report.units import FROM, exact, short

STYLES = {"label": "bold", "notes": "dim", "bar": "cyan"}
"""The styles of columns, by key."""
SHORTEST_BAR = 8


def show_page(page: Page, console: Console, width: int) -> None:
    """Print ``page`` in ``width`` columns. Texts of a spec are shown literally, never as markup."""
    parts = [list(_table(facts(page.lines), width))] if page.lines else []
    for section in page.sections:
        parts.append(list(_section(section, width)))
        if section.bars is not None:
            parts.append([Text(section.bars.title, "bold"), *_table(_bars(section.bars, width), width)])
    for at, lines in enumerate(parts):
        if at:
            console.print()
        for line in lines:
            console.print(line, soft_wrap=True)


def facts(lines: Sequence[Line], *, numbers: bool = False) -> Table:
    """Return lines as a table without titles.

    With ``numbers``, the values are numbers and the notes may be left out.
    """
    columns = (
        Column("label", "", "text"),
        Column("value", "", "number" if numbers else "text"),
        Column("notes", "", "text", 0 if numbers else ALWAYS),
    )
    return Table(columns, tuple(lines))


def _section(section: Section, width: int) -> Iterator[Text]:
    if section.title:
        yield from [Text(line, "bold") for line in paragraph(printable(section.title), width)]
    narrowed = ""
    if section.table.rows:
        fit = fitted(section.table, width, short if section.rounded else exact)
        narrowed = fit.narrowed
        yield from _drawn(fit, width)
    for note in section.notes:
        yield from map(Text, paragraph(printable(note), width, below="  "))
    if narrowed:
        yield from [Text(line, "dim") for line in paragraph(narrowed, width, below="  ")]


def _table(table: Table, width: int) -> Iterator[Text]:
    yield from _drawn(fitted(table, width), width)


def _drawn(fit: Fitted, width: int) -> Iterator[Text]:
    if fit.stacked:
        for texts in fit.texts:
            yield from map(Text, [*listed(fit.table.columns, texts, width), ""])
        return
    gap = " " * fit.gap
    if any(fit.titles):
        yield from [Text(gap.join(line).rstrip(), "bold") for line in row_lines(fit, fit.titles)]
        yield Text(RULE * fit.width)
    for texts in fit.texts:
        for line in row_lines(fit, texts):
            text = Text()
            for at, (column, cell) in enumerate(zip(fit.table.columns, line, strict=True)):
                text.append(gap * bool(at))
                text.append(cell, STYLES.get(column.key))
            text.rstrip()
            yield text


def _bars(bars: Bars, width: int) -> Table:
    labels = [printable(label) for label in bars.labels]
    bounds = bars.at_least or (False,) * len(bars.values)
    values = [FROM * is_bound + short(value) for value, is_bound in zip(bars.values, bounds, strict=True)]
    label = min(max(map(cells, labels), default=0), width // 2)
    room = max(SHORTEST_BAR, width - label - max(map(len, values), default=0) - 2 * 2)
    largest = max(bars.values, default=0)
    columns = (Column("of", "", "text"), Column("bar", "", "bar"), Column("value", "", "number"))
    drawn = [eighths(value, largest, room) for value in bars.values]
    return Table(columns, tuple(zip(labels, drawn, values, strict=True)))
