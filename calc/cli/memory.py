"""The command ``calc memory``, which shows the tensors that are alive while each layer runs."""

from typing import Annotated

import typer

from calc.cli.completion import complete_policies
from calc.cli.network import (
    Batch,
    ContextTokens,
    Deployed,
    Input,
    MaxLayers,
    Memory,
    NewTokens,
    Opaque,
    Phase,
    Set,
    Spec,
)
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.cli.streams import terminal_width
from calc.report.pages import FORMATS
from calc.spec.options import input_sizes, positive
from calc.spec.phases import params_of

MAP_WIDTH = 120
"""The columns of the arena's map if it is not written to a terminal."""


def memory(
    spec: Spec,
    bits: Annotated[
        str,
        typer.Option(
            help="A policy (see calc run): 8, fp16, adaptive, or a YAML file of rules.",
            autocompletion=complete_policies("fp32", "fp16", "8", "w4a8", "adaptive", "spec"),
        ),
    ] = "fp32",
    set_: Set = None,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    input_: Input = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    deployed: Deployed = False,
    memory: Memory = "liveness",
    activations: Annotated[
        str,
        typer.Option(
            help="The bits of a layer's inputs: same (as the layer), producer (as they were written), or a number.",
            autocompletion=lambda: ["same", "producer", "8"],
        ),
    ] = "same",
    max_layers: MaxLayers = None,
    all_: Annotated[bool, typer.Option("--all", help="Also list the layers that make no tensor of their own.")] = False,
    plot: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw memory over time, as .png, .svg or .pdf (extra: plot).")
    ] = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Show which tensors are in memory when each layer runs.

    The report has the bytes that each layer needs and the layer at the peak. With --memory arena it also has
    the place of each tensor: a map of memory over time.

    \b
    Examples:
      calc memory mobilenetv2 --bits 8 --deployed
      calc memory mobilenetv2 --bits 8 --deployed --memory arena --plot memory.png
      calc memory net.yaml --memory in-place --format csv
    """
    from calc.analysis import analyse
    from calc.memory import PLANNERS
    from calc.report.memory import page
    from calc.sources import load

    one_of("--format", format_, FORMATS)
    one_of("--memory", memory, PLANNERS)
    if plot is not None:
        from calc.report.figure import require

        require(plot)
    sizes = input_sizes(input_)
    model = load(spec, sizes, opaque=opaque)
    analysis = analyse(
        model,
        params_of(model, set_, phase, tokens, context),
        sizes,
        bits=bits,
        batch=positive("--batch", batch),
        activations=activations,
        memory=memory,
        max_layers=None if max_layers is None else positive("--max-layers", max_layers),
        deployed=deployed,
    )
    if plot is not None:
        from calc.report.memory_plot import draw_memory

        draw_memory(analysis, plot)
    width = (terminal_width(output) if format_ == "table" else None) or MAP_WIDTH
    emit_page(page(analysis, all_, width, every_tensor=format_ in ("csv", "json")), format_, output)
