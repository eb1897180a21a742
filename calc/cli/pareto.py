"""The command ``calc pareto``, which computes the Pareto front of sensitivity and cost."""

from pathlib import Path
from typing import Annotated

import typer

from calc.cli.completion import complete_columns, complete_fronts, complete_layers
from calc.cli.network import ContextTokens, Deployed, Input, NewTokens, Opaque, Phase, Set, Spec
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.pages import Format, Output, emit_page
from calc.report.pages import FORMATS
from calc.spec.options import input_sizes, positive
from calc.spec.phases import params_of


def pareto(
    spec: Spec,
    against: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUANTITY",
            help="The cost: bitops.weight, bitops.product, bitops.uniq or weight_bytes. If repeated, there is one "
            "front for each. By default bitops.weight and weight_bytes.",
            autocompletion=complete_fronts,
        ),
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...", help="The widths to choose from: 2 3 4 6 8, 2..8 (the default), or int4g128 8."
        ),
    ] = None,
    activations: Annotated[
        str,
        typer.Option(
            help="The bits of activations: tied (as the weights), apart (chosen separately), or one width for all."
        ),
    ] = "tied",
    sensitivity: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The loss of each layer at each width: a CSV of calc sensitivity. Without it, the same loss is "
            "assumed for every layer: 4^−bits.",
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The column of that file; by default sensitivity, output_error or weight_error.",
            autocompletion=complete_columns,
        ),
    ] = None,
    activation_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The column for activations, if --activations is apart.",
            autocompletion=complete_columns,
        ),
    ] = None,
    clip_negative: Annotated[
        bool, typer.Option("--clip-negative", help="Treat negative sensitivities, which are noise, as 0.")
    ] = False,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="LAYER=BITS", help="The same as in calc allocate.", autocompletion=complete_layers),
    ] = None,
    tie: Annotated[
        list[str] | None,
        typer.Option(metavar="LAYERS", help="The same as in calc allocate.", autocompletion=complete_layers),
    ] = None,
    points: Annotated[
        str, typer.Option(metavar="N", help="The number of points in the table; json and csv have all.")
    ] = "16",
    set_: Set = None,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    input_: Input = None,
    opaque: Opaque = False,
    deployed: Deployed = False,
    plot: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw the front, as .png, .svg or .pdf (extra: plot).")
    ] = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """List the best trade-offs of sensitivity and cost.

    These are all choices of bits that no other choice beats in both, and the distance of the policies from
    them. The list is exact, not sampled. To get the bits of a point, give its cost to calc allocate as the
    budget.

    \b
    Examples:
      calc pareto mobilenetv2 --bits 2..8
      calc pareto mobilenetv2 --against bitops.product --plot front.png
      calc pareto net.yaml --sensitivity weights.csv --column output_error --format csv --output front.csv
    """
    from calc.allocation.choices import sensitivities, widths
    from calc.allocation.pareto import pareto as fronts_of
    from calc.allocation.quantities import allocated_quantity
    from calc.analysis import analyse
    from calc.cli.unmeasured import say_unmeasured
    from calc.errors import each
    from calc.report.allocation import pareto_page, pareto_rows
    from calc.report.csv_text import csv_text
    from calc.sources import load

    one_of("--format", format_, FORMATS)
    listed = positive("--points", points)
    if plot is not None:
        from calc.report.figure import require

        require(plot)
    size = input_sizes(input_)
    model = load(spec, size, opaque=opaque)
    analysis = analyse(model, params_of(model, set_, phase, tokens, context), size, deployed=deployed)
    apart = activations == "apart"
    known = sensitivities(analysis, sensitivity, column, activation_column, clip_negative, apart)
    quantities = each("--against", dict.fromkeys(against or ["bitops.weight", "weight_bytes"]), allocated_quantity)
    found = fronts_of(
        analysis, quantities, widths(bits or ["2..8"], activations), known, pinned=pin or [], tied=tie or []
    )
    if plot is not None:
        from calc.report.front_plot import draw_front

        draw_front(analysis, found, known.name, plot)
    say_unmeasured(format_, known.measured)
    if format_ == "csv":
        emit(csv_text(pareto_rows(analysis, found)), None if output is None else Path(output))
    else:
        emit_page(pareto_page(analysis, found, known, listed, every_point=format_ == "json"), format_, output)
