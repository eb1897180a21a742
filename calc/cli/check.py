"""The command ``calc check``, which compares specs with their lock."""

from pathlib import Path
from typing import Annotated

import typer

from calc.api.check import check as checked
from calc.cli.completion import complete_allowances, complete_limits, complete_networks
from calc.cli.gate_output import FORMAT_HELP, emit_gate
from calc.cli.lock import write_lock
from calc.cli.options import one_of
from calc.gate import gate, lockfile
from calc.report.gate import FORMATS
from calc.report.gate.words import Report


def check(
    specs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SPEC",
            help="The specs to check; by default, all in the lock file.",
            autocompletion=complete_networks,
        ),
    ] = None,
    lock: Annotated[str, typer.Option(metavar="FILE", help="The lock file to compare with.")] = lockfile.DEFAULT,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUANTITY=CHANGE",
            help="Permit changes of totals: all=+1%, params=-2K, bitops.weight@8=1% (up or down). May be repeated.",
            autocompletion=complete_allowances,
        ),
    ] = None,
    max_: Annotated[
        list[str] | None,
        typer.Option(
            "--max",
            metavar="QUANTITY=LIMIT",
            help="A limit for every spec, in addition to those in the specs: macs=310M, weight_bytes@8=3.5Mi, "
            "layer.macs=30M. May be repeated.",
            autocompletion=complete_limits,
        ),
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Write the new numbers to the lock file.")] = False,
    all_: Annotated[
        bool, typer.Option("--all", help="Print every changed spec and layer, however many (text only).")
    ] = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=FORMAT_HELP, autocompletion=lambda: list(FORMATS))
    ] = "text",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the report to FILE. The verdict is still printed.")
    ] = None,
) -> None:
    """Fail if a number differs from the lock file.

    If nothing has changed, it prints one line, and the exit code is 0. The exit code is 1 if a number or the
    name of a layer has changed, a locked spec is missing, a spec is not locked, or a budget is exceeded, and 2
    if a spec or the lock cannot be read.

    \b
    Examples:
      calc check
      calc check --allow all=+1% --allow params=2K
      calc check --max macs=310M --max bitops.weight@adaptive=1.1G
      calc check --update
      calc check --format junit --output calc.xml
    """
    one_of("--format", format_, FORMATS)
    found = checked(lock, specs or (), allow=allow or (), max=max_ or ())
    code = found.exit_code
    emit_gate(Report(found.outcomes, lock, found.lock.policies), format_, output, all_layers=all_, hint=not update)
    if update and code < 2:
        path = Path(lock)
        written = write_lock(gate.updated(found.lock, path.parent, found.outcomes), path)
        typer.echo(f"{lock} {'updated' if written else 'unchanged'}", err=True)
        code = 1 if any(outcome.breaches for outcome in found.outcomes) else 0
    raise typer.Exit(code)
