"""The command ``calc specs``, which lists the packaged specs."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from calc.analysis import analyse
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.pages import emit_page
from calc.report.pages import Page, Section
from calc.report.table import Table
from calc.spec import load
from calc.spec.shelf import packaged

FORMATS = ("table", "json", "markdown")


def spec_names() -> list[str]:
    """Return the names of the packaged specs in alphabetical order."""
    return list(packaged())


def specs(
    totals: Annotated[
        bool,
        typer.Option(
            "--totals", help="Add BitOps (weight) and sizes at 8 bits, 4 bits and adaptive, and the time taken."
        ),
    ] = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}.", autocompletion=lambda: FORMATS)
    ] = "table",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
) -> None:
    """List the packaged networks.

    The list has the input, parameters and MACs of each.

    \b
    Examples:
      calc specs
      calc specs --totals --format markdown --output docs/zoo.md
      calc run mobilenetv2
    """
    one_of("--format", format_, FORMATS)
    from calc.report import corpus

    seconds, rows = {}, []
    for name, path in packaged().items():
        start = perf_counter()
        rows.append(corpus.row(name, analyse(load(path)), totals))
        seconds[name] = perf_counter() - start
    table = Table(corpus.TOTALS if totals else corpus.COLUMNS, tuple(rows))
    if format_ == "markdown":
        emit(corpus.page(table), None if output is None else Path(output))
    else:
        keys = [column.key for column in table.columns]
        data = [dict(zip(keys, row, strict=True)) for row in rows]
        emit_page(Page((), (Section("", table, rounded=True),), data), format_, output)
    if totals:
        slowest = max(seconds, key=lambda name: seconds[name])
        sys.stderr.write(
            f"{len(rows)} specs in {sum(seconds.values()):.2f} s from text to figures; "
            f"the slowest, {slowest}, in {1000 * seconds[slowest]:.0f} ms\n"
        )
