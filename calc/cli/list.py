"""The command ``calc list``, which searches the packaged specs, policies and formats."""

import sys
from typing import Annotated

import typer

from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.errors import nearest
from calc.report.pages import FORMATS


def list(  # noqa: A001  # the name of the command
    word: Annotated[
        str | None, typer.Argument(help="A part of a name, a title or a source. Without it, everything is listed.")
    ] = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Search packaged specs, policies, formats, devices.

    Claims and runtimes are searched as well. The printed names are those that other commands take: a spec in calc
    run, claims in calc audit, a policy or a format after --bits, a device after --device, a runtime after
    --runtime. Exit code 1 if nothing is found.

    \b
    Examples:
      calc list mobilenet
      calc list gguf
      calc list "He et al"
      calc list --format json
    """
    from calc.report.listed import found_by, listed_page

    one_of("--format", format_, FORMATS)
    found = found_by(word)
    if not found:
        near = nearest(word or "", [listed.name for listed in found_by(None)], ())
        sys.stderr.write(f"nothing that comes with calc has {word!r} in it{near and f'; {near}'}\n")
        raise typer.Exit(1)
    emit_page(listed_page(found), format_, output)
