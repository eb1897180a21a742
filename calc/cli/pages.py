"""Writes a page to a terminal, to standard output, or to a file."""

from pathlib import Path
from typing import Annotated

import typer

from calc.cli.output import QuietPipe, emit
from calc.cli.streams import terminal_width
from calc.report.pages import FORMATS, Page, render

Format = Annotated[
    str,
    typer.Option("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}.", autocompletion=lambda: list(FORMATS)),
]
Output = Annotated[str | None, typer.Option(metavar="FILE", help="Write to FILE instead of standard output.")]


def emit_page(page: Page, format_name: str, output: str | None) -> None:
    """Write ``page``, in colour if it is a table for a terminal. Raises OpError if it cannot be written."""
    width = terminal_width(output) if format_name == "table" else None
    if width is None:
        emit(render(page, format_name), None if output is None else Path(output))
    else:
        show_in_terminal(page, width)


def show_in_terminal(page: Page, width: int) -> None:
    """Print ``page`` in a terminal of ``width`` columns."""
    from rich.console import Console

    from calc.report.terminal import show_page

    with QuietPipe():
        show_page(page, Console(width=width, highlight=False), width)
