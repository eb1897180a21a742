"""Where a page goes: a terminal, standard output, or a file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calc.cli.output import QuietPipe, emit
from calc.report.pages import FORMATS, Page, render

Format = Annotated[
    str,
    typer.Option("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}.", autocompletion=lambda: list(FORMATS)),
]
Output = Annotated[str | None, typer.Option(metavar="FILE", help="Write there instead; whole, or not at all.")]


def show(page: Page, format_name: str, output: str | None) -> None:
    """Emit ``page``: in colour where a terminal reads it as a table. Raises OpError where it cannot be written."""
    if format_name == "table" and output is None and sys.stdout.isatty():
        from rich.console import Console

        from calc.report.pages_terminal import show as show_in_terminal

        with QuietPipe():
            show_in_terminal(page, Console())
    else:
        emit(render(page, format_name), None if output is None else Path(output))
