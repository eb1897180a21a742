"""A page in a terminal: tables that wrap their words and keep their numbers, and bars."""

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from calc.errors import printable
from calc.report.pages import Bars, Page, Section
from calc.report.summary import Line
from calc.report.table import ALWAYS, Table
from calc.report.terminal import eighths
from calc.report.units import short

NARROWEST_TEXT = 24
"""Characters that a column of words is left, where the terminal has them."""


def show(page: Page, console: Console) -> None:
    """Print ``page``. Texts of a spec are shown literally, never as markup."""
    if page.lines:
        console.print(_lines(page.lines))
        console.print()
    for section in page.sections:
        _show_section(section, console)


def _show_section(section: Section, console: Console) -> None:
    if section.title:
        console.print(Text(printable(section.title), style="bold"))
    table = _fitting(section.table, console.width)
    if table.rows:
        console.print(_table(table))
    dropped = [column.title for column in section.table.columns if column not in table.columns]
    for note in section.notes:
        console.print(Text(printable(note)))
    if dropped:
        console.print(Text(f"too narrow here for {', '.join(dropped)}: widen, pipe, or --format csv", style="dim"))
    console.print()
    if section.bars is not None:
        console.print(Text(section.bars.title, style="bold"))
        console.print(_bars(section.bars, console.width))
        console.print()


def _fitting(table: Table, width: int) -> Table:
    """``table`` without the least important columns that would leave no room for words."""
    texts = table.texts()
    needed = {
        column.key: min(
            max([len(column.title), *[len(row[index]) for row in texts]]),
            10_000 if column.is_number else NARROWEST_TEXT,
        )
        for index, column in enumerate(table.columns)
    }
    dropped: list[str] = []
    for column in sorted(table.columns, key=lambda column: column.importance):
        if sum(needed.values()) + 2 * len(needed) <= width or column.importance == ALWAYS:
            break
        dropped.append(column.key)
        del needed[column.key]
    return table.without(dropped)


def _table(table: Table) -> RichTable:
    drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, header_style="bold")
    for column in table.columns:
        justify = "right" if column.is_number else "left"
        drawn.add_column(Text(column.title), justify=justify, no_wrap=column.is_number, overflow="fold")  # type: ignore[arg-type]  # one of its words
    for texts in table.texts():
        drawn.add_row(*map(Text, texts))
    return drawn


def _bars(bars: Bars, width: int) -> RichTable:
    drawn = RichTable.grid(padding=(0, 1))
    drawn.add_column(justify="right", overflow="fold")
    drawn.add_column(style="cyan", no_wrap=True)
    drawn.add_column(no_wrap=True)
    labels = [printable(label) for label in bars.labels]
    room = max(8, width - max([min(len(label), width // 2) for label in labels], default=0) - 12)
    largest = max(bars.values, default=0)
    for label, value in zip(labels, bars.values, strict=True):
        drawn.add_row(Text(label), eighths(value, largest, room), short(value))
    return drawn


def _lines(lines: tuple[Line, ...]) -> RichTable:
    drawn = RichTable.grid(padding=(0, 2))
    drawn.add_column(style="bold", no_wrap=True)
    drawn.add_column(overflow="fold")
    drawn.add_column(style="dim", overflow="fold")
    for line in lines:
        drawn.add_row(*[Text(printable(text)) for text in line])
    return drawn
