"""The report in a terminal: colour, bars, short numbers, no more columns than fit. The one user of rich."""

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Table as RichTable
from rich.text import Text

from calc.analysis import Analysis
from calc.report.rows import View, listing, table_of
from calc.report.summary import Line, header, totals
from calc.report.table import Fitted, fitted
from calc.report.units import short

BAR_WIDTH = 8
NOTE_WIDTH = 24
"""Columns that a note and what stands around it need to be read."""
_EIGHTHS = " ▏▎▍▌▋▊▉"


def show(analysis: Analysis, view: View, console: Console) -> None:
    """Print the report. Texts of the spec are shown literally, never as markup."""
    listed = listing(analysis, view)
    table = fitted(table_of(analysis, listed), console.width - BAR_WIDTH - 1)
    notes = [f"not listed: {what}" for what in listed.left_out]
    if table.dropped:
        notes.append(f"too narrow here for {', '.join(table.dropped)}: widen, pipe, or --format csv")
    console.print(_lines(header(analysis)))
    console.print()
    console.print(_table(table))
    for note in notes:
        console.print(Text(note, style="dim"))
    console.print()
    console.print(
        Panel(
            _totals(totals(analysis), console.width),
            title=Text("totals", style="bold"),
            title_align="left",
            expand=False,
        )
    )


def bar(percent: float, largest: float) -> str:
    """A bar of at most BAR_WIDTH cells; ``largest`` fills it."""
    return eighths(percent, largest, BAR_WIDTH)


def eighths(value: float, largest: float, cells: int) -> str:
    """A bar in eighths of a cell; ``largest`` fills ``cells``."""
    parts = round(8 * cells * value / largest) if largest else 0
    return "█" * (parts // 8) + _EIGHTHS[parts % 8].strip()


def _table(fit: Fitted) -> RichTable:
    columns = fit.table.columns
    # the box itself puts one space between columns
    drawn = RichTable(box=box.SIMPLE_HEAD, padding=(0, fit.gap - 1, 0, 0), show_edge=False, header_style="bold")
    share_at = [column.key for column in columns].index("share")
    for column in columns:
        drawn.add_column(
            Text(column.title),
            justify="right" if column.is_number else "left",
            overflow="fold",
            no_wrap=column.key != "name",
        )
        if column.key == "share":
            drawn.add_column("", no_wrap=True, min_width=BAR_WIDTH, style="cyan")
    largest = max([row[share_at] for row in fit.table.rows], default=0.0)
    for row, texts in zip(fit.table.rows, fit.table.texts(short), strict=True):
        texts.insert(share_at + 1, bar(row[share_at], largest))
        drawn.add_row(*map(Text, texts))
    return drawn


def _lines(lines: list[Line]) -> RichTable:
    drawn = RichTable.grid(padding=(0, 2))
    drawn.add_column(style="bold", no_wrap=True)
    drawn.add_column(overflow="fold")
    drawn.add_column(style="dim", overflow="fold")
    for line in lines:
        drawn.add_row(*map(Text, line))
    return drawn


def _totals(lines: list[Line], width: int) -> RichTable:
    """Numbers are never broken or cut: where ``width`` is scarce the notes go first, then the labels fold."""
    values = max([len(line.value) for line in lines])
    room = width - max([len(line.label) for line in lines]) - values
    drawn = RichTable.grid(padding=(0, 2))
    drawn.add_column(style="bold", overflow="fold")
    drawn.add_column(justify="right", no_wrap=True, min_width=values)
    if room >= NOTE_WIDTH:
        drawn.add_column(style="dim", overflow="fold")
    for line in lines:
        drawn.add_row(*map(Text, line[: len(drawn.columns)]))
    return drawn
