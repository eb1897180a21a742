"""``calc pareto``: the whole front of sensitivity against cost."""

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
            help="bitops.weight, bitops.product, bitops.uniq or weight_bytes; may be repeated, a front each. "
            "By default bitops.weight and weight_bytes.",
            autocompletion=complete_fronts,
        ),
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(metavar="BITS...", help="Widths to choose from: 2 3 4 6 8, 2..8 (the default), or int4g128 8."),
    ] = None,
    activations: Annotated[
        str, typer.Option(help="tied (the weights' bits), apart (chosen for themselves), or one width for all.")
    ] = "tied",
    sensitivity: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="What each layer loses at each width: the CSV of calc sensitivity. Without it nothing is measured: "
            "every layer is assumed to lose alike, 4^−bits.",
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Its column; by default sensitivity, output_error or weight_error.",
            autocompletion=complete_columns,
        ),
    ] = None,
    activation_column: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Its column for activations, where they are chosen apart.",
            autocompletion=complete_columns,
        ),
    ] = None,
    clip_negative: Annotated[
        bool, typer.Option("--clip-negative", help="Read a negative sensitivity, which is noise, as 0.")
    ] = False,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="LAYER=BITS", help="As calc allocate takes it.", autocompletion=complete_layers),
    ] = None,
    tie: Annotated[
        list[str] | None,
        typer.Option(metavar="LAYERS", help="As calc allocate takes it.", autocompletion=complete_layers),
    ] = None,
    points: Annotated[
        str, typer.Option(metavar="N", help="Points that the table lists; json and csv have all.")
    ] = "16",
    set_: Set = None,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    input_: Input = None,
    opaque: Opaque = False,
    deployed: Deployed = False,
    plot: Annotated[str | None, typer.Option(metavar="FILE", help="Draw it: .png, .svg, .pdf (extra: plot).")] = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """List every choice of bits that no other beats in both sensitivity and cost, and how far policies are from them.

    Exact, not sampled. The bits of any point: calc allocate with its cost as the budget.

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
