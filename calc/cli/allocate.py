"""The command ``calc allocate``, which chooses the best bits for a budget."""

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
            help="A limit on bitops.weight, bitops.product, bitops.uniq, weight_bytes or peak_activation_bytes: 5G, "
            "1.5MiB, or a policy such as adaptive, which means the cost under this policy. May be repeated; all "
            "limits must hold.",
            autocompletion=complete_budgets,
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
        typer.Option(
            metavar="LAYER=BITS",
            help="Fix the bits of a layer, a block or all layers that match a glob: classifier=8. May be repeated.",
            autocompletion=complete_layers,
        ),
    ] = None,
    tie: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LAYERS",
            help="Layers that get the same bits: adds (those whose outputs are added), or names and globs joined by "
            "commas.",
            autocompletion=complete_layers,
        ),
    ] = None,
    solver: Annotated[
        str,
        typer.Option(
            help="dynamic (for one budget on a sum; plain Python), integer (for any number of budgets; extra: search),"
            " or auto: the first that applies, and the other one if the first stops with a gap."
        ),
    ] = "auto",
    time_limit: Annotated[
        str,
        typer.Option(
            metavar="SECONDS",
            help="The time limit of the integer solver. It then returns the best bits found so far, with the remaining"
            " gap. The dynamic solver has a limit of its own.",
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
        str | None,
        typer.Option(metavar="FILE", help="Write the chosen bits to FILE as a policy, for use as --bits FILE."),
    ] = None,
) -> None:
    """Choose the best bits for each layer within a budget.

    The total sensitivity is the smallest that all budgets permit, with a proof. Measured sensitivities (calc
    sensitivity) come from --sensitivity FILE. Without it, every layer is assumed to be equally sensitive.
    Sensitivities are assumed to add up over the layers; calc evaluate measures the accuracy that results. The
    last three examples measure, choose and check.

    Exit code 1 if no choice meets the budgets; the smallest reachable values are then printed.

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
        stores = found.analysis.roles.name if deployed else ""  # a deployed network has other defaults
        emit(policy_text(found.bits, comments(found), stores), Path(output))
    emit_page(allocation_page(found), format_, None)
