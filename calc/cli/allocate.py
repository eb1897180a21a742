"""``calc allocate``: the best bits for a budget."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calc.cli.completion import complete_budgets, complete_columns, complete_layers
from calc.cli.network import Batch, ContextTokens, Deployed, Input, NewTokens, Opaque, Phase, Set, Spec
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.pages import Format, emit_page
from calc.report.pages import FORMATS
from calc.spec.options import input_sizes, positive
from calc.spec.phases import params_of


def allocate(
    spec: Spec,
    budget: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUANTITY=LIMIT",
            help="On bitops.weight, bitops.product, bitops.uniq, weight_bytes or peak_activation_bytes: 5G, 1.5MiB, or "
            "a policy such as adaptive, for as much as it takes. May be repeated; all must hold.",
            autocompletion=complete_budgets,
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
        typer.Option(
            metavar="LAYER=BITS",
            help="Fix a layer, a glob or a block: classifier=8. May be repeated.",
            autocompletion=complete_layers,
        ),
    ] = None,
    tie: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LAYERS",
            help="adds (what meets in an add), or names and globs joined by commas.",
            autocompletion=complete_layers,
        ),
    ] = None,
    solver: Annotated[
        str,
        typer.Option(
            help="dynamic (one budget on a sum; plain Python), integer (any number; extra: search), or auto: the first "
            "that can, and the other where it stops with a gap."
        ),
    ] = "auto",
    time_limit: Annotated[
        str,
        typer.Option(
            metavar="SECONDS",
            help="What the integer programme may take; it then stops with the best bits it found and says what gap is "
            "left. The dynamic programme has a limit of its own.",
        ),
    ] = "60",
    set_: Set = None,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    input_: Input = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    deployed: Deployed = False,
    format_: Format = "table",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the bits there as a policy, which --bits FILE takes.")
    ] = None,
) -> None:
    """Choose each layer's bits so that the total sensitivity is least within all budgets, and prove it.

    Measured sensitivities (calc sensitivity) come from --sensitivity FILE; without one, every layer is assumed to be
    hurt alike. Either way they are taken to add up over the layers: calc evaluate measures the accuracy that is left.
    The last three examples measure, choose and check.

    Exit code 1 if no bits meet the budgets; the smallest that can be met are printed.

    \b
    Examples:
      calc allocate mobilenetv2 --budget bitops.product=5G --budget weight_bytes=1.5MiB --bits 2 3 4 6 8
      calc allocate mobilenetv2 --budget peak_activation_bytes=512Ki --budget weight_bytes=2MiB --deployed
      calc sensitivity mobilenetv2_tf --weights net.safetensors --data images.zip --format csv --output s.csv
      calc allocate mobilenetv2_tf --budget bitops.weight=w5a5 --sensitivity s.csv --output policy.yaml
      calc evaluate mobilenetv2_tf --weights net.safetensors --data images.zip --bits fp32 5 policy.yaml
    """
    from calc.allocation.allocate import SOLVERS, Infeasible
    from calc.allocation.policy_file import policy_text
    from calc.analysis import analyse
    from calc.api.allocate import allocate as best
    from calc.cli.unmeasured import say_unmeasured
    from calc.report.allocation import allocation_page, comments
    from calc.sources import load

    one_of("--format", format_, FORMATS)
    one_of("--solver", solver, SOLVERS)
    size = input_sizes(input_)
    model = load(spec, size, opaque=opaque)
    params = params_of(model, set_, phase, tokens, context)
    analysis = analyse(model, params, size, batch=positive("--batch", batch), deployed=deployed)
    try:
        found = best(
            analysis,
            budget or (),
            bits or "2..8",
            activations=activations,
            sensitivity=sensitivity,
            column=column,
            activation_column=activation_column,
            clip_negative=clip_negative,
            pin=pin or (),
            tie=tie or (),
            solver=solver,
            seconds=positive("--time-limit", time_limit),
        )
    except Infeasible as error:
        sys.stderr.write(f"{error.fact}\n  {error.hint}\n")
        raise typer.Exit(1) from None
    say_unmeasured(format_, found.measured)
    if output is not None:
        stores = found.analysis.roles.name if deployed else ""  # there another choice is usual
        emit(policy_text(found.bits, comments(found), stores), Path(output))
    emit_page(allocation_page(found), format_, None)
