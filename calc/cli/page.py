"""The command ``calc page``, which writes a network as an interactive HTML file."""

from pathlib import Path
from typing import Annotated

import typer

from calc.cli.completion import complete_axes, complete_counters, complete_policies
from calc.cli.network import Input, Opaque, Set, Spec
from calc.cli.output import emit
from calc.cli.warned import warn_of_other_sizes
from calc.spec.options import assignments, input_sizes


def page(
    spec: Spec,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="The choices that the page offers for a param, the batch or an input: width=0.35,0.5,1.0, "
            "resolution=96..224:32, batch=1,8, input=3x96x96,3x128x128. May be repeated.",
            autocompletion=complete_axes,
        ),
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...",
            help="The policies that the page offers; it opens with the first. With plain widths, any width from 1 to "
            "32 can also be typed on the page, for all layers or for one.",
            autocompletion=complete_policies("8", "w4a8", "adaptive", "int4g128"),
        ),
    ] = None,
    kv: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FORMAT",
            help="A format that the page offers for the KV cache of a language model, such as fp8 or k=q8_0,v=q4_0. "
            "May be repeated. By default, the usual ones.",
            autocompletion=lambda: ["fp16", "bf16", "fp8", "q8_0", "q4_0"],
        ),
    ] = None,
    count_as: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COUNTER",
            help="A counter, such as fvcore, that the page offers in addition to MACs. May be repeated. By default, "
            "all counters (calc conventions lists them).",
            autocompletion=complete_counters,
        ),
    ] = None,
    set_: Set = None,
    input_: Input = None,
    opaque: Opaque = False,
) -> None:
    """Write an interactive HTML page of a network.

    On the page you change sizes, widths, batch and the bits of each layer, and see exact totals, layers, BitOps
    and memory over time. It is one file, which loads nothing and sends nothing. Its numbers are computed by
    recorded runs of calc, not by formulas written for the page.

    \b
    Examples:
      calc page mobilenetv2 -o mobilenetv2.html
      calc page mobilenetv2 --vary width=0.35,0.5,0.75,1.0,1.4 --bits 8 w4a8 adaptive -o mobilenetv2.html
      calc page llama3_8b --bits bf16 q8_0 int4g128 --kv fp8 --vary context=2048,8192 -o llama3_8b.html
    """
    from calc.page.contents import Offered
    from calc.page.document import html_page
    from calc.page.offered import axes_of_page
    from calc.sources import load, read_source
    from calc.spec.given import sizes_by_input
    from calc.sweeps.axes import INPUT, read_policies

    sizes = input_sizes(input_)
    model = load(spec, sizes, opaque=opaque)
    axes = axes_of_page(vary or (), model)
    if read_source(spec) is not None and any(axis.name.partition(".")[0] == INPUT for axis in axes):
        warn_of_other_sizes(spec)
    policies = read_policies(bits) if bits else ()
    offered = Offered(axes, policies, kv or (), count_as or ())
    text = html_page(model, offered, assignments(set_, model), sizes_by_input(model, sizes))
    emit(text, None if output is None else Path(output))
