"""``calc specs``: the specs that come with the package."""

from typing import Annotated

import typer

from calc.analysis import analyse
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.report.plain import table_text
from calc.report.table import Column, Table
from calc.spec import load
from calc.spec.load import packaged_specs

COLUMNS = (
    Column("name", "Name", "text"),
    Column("input", "Input", "size"),
    Column("params", "Params", "count"),
    Column("macs", "MACs", "count"),
)


def names() -> list[str]:
    """The packaged specs in alphabetical order."""
    return sorted(path.stem for path in packaged_specs().glob("*.yaml"))


def specs(
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table or json.", autocompletion=lambda: ["table", "json"])
    ] = "table",
) -> None:
    """List the packaged specs with their input, parameters and MACs.

    \b
    Examples:
      calc specs
      calc run mobilenetv2
    """
    one_of("--format", format_, ("table", "json"))
    rows = []
    for name in names():
        analysis = analyse(load(name))
        rows.append((name, analysis.graph.input.sizes, analysis.totals.params, analysis.totals.macs))
    if format_ == "json":
        import json

        keys = [column.key for column in COLUMNS]
        emit(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=2) + "\n")
    else:
        emit(table_text(Table(COLUMNS, tuple(rows))) + "\n")
