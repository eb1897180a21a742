"""``calc page``: a network as one HTML file in which it is counted anew for other values and bits."""

from pathlib import Path
from typing import Annotated

import typer

from calc.cli.completion import complete_axes, complete_policies
from calc.cli.network import Input, Opaque, Set, Spec
from calc.cli.output import emit
from calc.cli.warned import warn_of_other_sizes
from calc.errors import each
from calc.spec.options import assignments, input_sizes


def page(
    spec: Spec,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead of standard output.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="What the page offers of a param, the batch or an input: width=0.35,0.5,1.0, resolution=96..224:32, "
            "batch=1,8, input=3x96x96,3x128x128. May be repeated.",
            autocompletion=complete_axes,
        ),
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...",
            help="Policies that the page offers, the first as it opens; without, usual ones. Beside plain widths any "
            "other from 1 to 32 can be typed there, for each layer too.",
            autocompletion=complete_policies("8", "w4a8", "adaptive", "int4g128"),
        ),
    ] = None,
    set_: Set = None,
    input_: Input = None,
    opaque: Opaque = False,
) -> None:
    """Write a page on which size, width, batch and bits are changed, and every count follows: exact, in one file.

    The file loads nothing and sends nothing. Its numbers come from traces of the engine, not from formulas of its own:
    totals, layers, BitOps, memory over time, at any bits of each layer.

    \b
    Examples:
      calc page mobilenetv2 -o mobilenetv2.html
      calc page mobilenetv2 --vary width=0.35,0.5,0.75,1.0,1.4 --bits 8 w4a8 adaptive -o mobilenetv2.html
      calc page llama3_8b --bits bf16 q8_0 int4g128 -o llama3_8b.html
    """
    from calc.page.document import html_page
    from calc.sources import load, read_source
    from calc.spec.given import sizes_by_input
    from calc.sweeps.axes import INPUT, read_axis, read_policies
    from calc.tape.trace import BATCH

    sizes = input_sizes(input_)
    model = load(spec, sizes, opaque=opaque)
    axes = each("--vary", vary or [], lambda text: read_axis(text, model, (BATCH,)))
    if read_source(spec) is not None and any(axis.name.partition(".")[0] == INPUT for axis in axes):
        warn_of_other_sizes(spec)
    policies = read_policies(bits) if bits else ()
    text = html_page(model, axes, policies, assignments(set_, model), sizes_by_input(model, sizes))
    emit(text, None if output is None else Path(output))
