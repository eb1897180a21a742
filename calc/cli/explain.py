"""``calc explain``: a printed number, and what it can mean."""

from typing import Annotated

import typer

from calc.analysis import analyse
from calc.cli.network import Input, Set, Spec
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.report.pages import FORMATS
from calc.spec.options import assignments, input_sizes

MOST = 8


def explain(
    spec: Spec,
    number: Annotated[str, typer.Argument(help="As printed: 314.19M, 314,193,216, 8.38e+07, 11.1MB, 44.6MiB.")],
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="The number is about this layer, or all layers under the name.")
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...", help="Bits that BitOps and sizes may be at; without it the usual ones are tried."
        ),
    ] = None,
    set_: Set = None,
    input_: Input = None,
    all_: Annotated[bool, typer.Option("--all", help=f"List every match, not the best {MOST}.")] = False,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Find what gives a published number: the convention, the part, the size, the bits, the slip.

    Matches are ranked by how much they assume. Exit code 1 if nothing gives the number.

    \b
    Examples:
      calc explain mobilenetv2 314.19M
      calc explain mobilenetv2 16,457,728 --layer features.1.conv.0
      calc explain mobilenetv2 12,537,150,976 --bits adaptive
      calc explain resnet18 5.8MB --bits 4
    """
    from calc.claims import explain as search
    from calc.claims import read_printed
    from calc.report.explain import page
    from calc.spec import load

    one_of("--format", format_, FORMATS)
    printed = read_printed(number)
    model = load(spec)
    params = assignments(set_, model)
    base = analyse(model, params, input_sizes(input_))
    found = search(printed, model, params, base, layer, bits or ())
    emit_page(page(found, base, layer, None if all_ else MOST), format_, output)
    raise typer.Exit(0 if found.matches else 1)
