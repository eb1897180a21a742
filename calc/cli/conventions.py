"""The command ``calc conventions``, which counts a network by the rules of other counters."""

from typing import Annotated

import typer

from calc.analysis import analyse
from calc.cli.completion import complete_networks
from calc.cli.network import Batch, Input, Opaque, Set
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.errors import OpError
from calc.report.pages import FORMATS
from calc.spec.options import assignments, input_sizes, positive


def conventions(
    spec: Annotated[
        str | None,
        typer.Argument(
            help="A YAML file or the name of a packaged spec. Without it, the conventions are listed.",
            autocompletion=complete_networks,
        ),
    ] = None,
    bits: Annotated[
        str | None,
        typer.Option(
            help="Also print BitOps at these bits, for each convention and each treatment of the first and last layer."
        ),
    ] = None,
    set_: Set = None,
    input_: Input = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Count a network as other counting tools do.

    The report lists the totals under every known convention, and what each convention adds up. If a tool makes
    mistakes in its own convention, a note says what it prints instead, and why.

    \b
    Examples:
      calc conventions
      calc conventions mobilenetv2
      calc conventions resnet18 --bits 4
    """
    from calc.report.conventions import listed_conventions, page

    one_of("--format", format_, FORMATS)
    if spec is None:
        if bits or set_ or input_ or opaque or batch != "1":
            raise OpError(
                "--bits, --set, --input, --opaque and --batch need a spec", "calc conventions mobilenetv2 --bits 4"
            )
        emit_page(listed_conventions(), format_, output)
        return
    from calc.sources import load

    sizes = input_sizes(input_)
    model = load(spec, sizes, opaque=opaque)
    analysis = analyse(
        model,
        assignments(set_, model),
        sizes,
        bits=bits or "fp32",
        batch=positive("--batch", batch),
    )
    emit_page(page(analysis, bits is not None), format_, output)
