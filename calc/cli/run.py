"""The command ``calc run``, which prints the report of a spec."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calc.analysis import Analysis, analyse
from calc.bitops import CONVENTIONS
from calc.cli.completion import complete_counters, complete_policies
from calc.cli.network import (
    Batch,
    ContextTokens,
    Deployed,
    Device,
    Energy,
    Input,
    Kv,
    MaxLayers,
    Memory,
    NewTokens,
    Opaque,
    Phase,
    Runtime,
    Set,
    Spec,
)
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.streams import terminal_width
from calc.cli.warned import Strict, say_file_types, warn
from calc.errors import OpError
from calc.memory import PLANNERS
from calc.report import FORMATS, render
from calc.report.rows import GROUPED, View, sorts, usual_rows
from calc.sources import load
from calc.spec.options import input_sizes, positive
from calc.spec.phases import params_of
from calc.spec.shelf import quantised_of
from calc.weights import is_weight_file

BY = ("layer", *GROUPED)
_OF_WEIGHTS = ("spec", "all_", "format_", "output", "force")


def run(
    ctx: typer.Context,
    spec: Spec,
    bits: Annotated[
        str,
        typer.Option(
            help="The bits of each layer: 8, w4a8, fp16, int4g128 (calc formats lists all), adaptive (by position), "
            "mac-share (by a block's MACs), spec (as the spec says), q4_K_M (a file type of GGUF), or a YAML file"
            " of rules. A suffix :paper, :deployed, :llm or :experts chooses how biases, norms and embeddings are"
            " stored.",
            autocompletion=complete_policies(
                "fp32", "fp16", "8", "4", "2", "w4a8", "int4g128", "adaptive", "mac-share", "spec"
            ),
        ),
    ] = "fp32",
    set_: Set = None,
    input_: Input = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    deployed: Deployed = False,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    kv: Kv = None,
    device: Device = None,
    energy: Energy = None,
    runtime: Runtime = None,
    bitops: Annotated[
        str,
        typer.Option(
            metavar="CONVENTION",
            help="The BitOps of the column: weight, product or uniq. The totals show all three.",
            autocompletion=lambda: list(CONVENTIONS),
        ),
    ] = "weight",
    count_as: Annotated[
        str | None,
        typer.Option(
            metavar="COUNTER",
            help="Also show the total that another counter, such as fvcore or thop, prints (calc conventions lists "
            "all).",
            autocompletion=complete_counters,
        ),
    ] = None,
    activations: Annotated[
        str,
        typer.Option(
            help="The bits of a layer's inputs: same (as the layer), producer (as they were written), or a number.",
            autocompletion=lambda: ["same", "producer", "8"],
        ),
    ] = "same",
    memory: Memory = "liveness",
    max_layers: MaxLayers = None,
    all_: Annotated[bool, typer.Option("--all", help="Also list the layers without MACs.")] = False,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="ROWS",
            help="What a row is: layer, block, or repeat (all layers that are alike; the default for the tables of "
            "language models).",
            autocompletion=lambda: list(BY),
        ),
    ] = None,
    depth: Annotated[
        str | None, typer.Option(metavar="N", help="Group layers by the first N parts of their names.")
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help=f"Order rows by {', '.join(sorts())}.", autocompletion=lambda: list(sorts())
        ),
    ] = None,
    strict: Strict = False,
    top: Annotated[
        str | None,
        typer.Option(metavar="N", help="Print only the first N rows; without --sort, those with the most BitOps."),
    ] = None,
    format_: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}.", autocompletion=lambda: list(FORMATS)),
    ] = "table",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Draw the share of each block and memory over time, as .png, .svg or .pdf (extra: plot).",
        ),
    ] = None,
) -> None:
    """Print the layers of a network and its totals.

    For a file of weights (.safetensors or .gguf) it prints what calc weights prints.

    In a terminal the table is cut to the width, and a line names the columns that were left out. In a pipe it
    is plain and complete.

    \b
    Examples:
      calc run specs/mobilenetv2.yaml --bits adaptive
      calc run mobilenetv2 --bits w4a8 --set width=0.5 --input 3x160x160
      calc run mobilenetv2 --count-as fvcore
      calc run llama3_8b --bits int4g128:llm --phase decode --context 8192 --kv fp8
      calc run mobilenetv2 --bits 8 --deployed --memory in-place --all
      calc run resnet50 --by block --sort bitops --top 5
      calc run llama3_70b --bits q4_K_M --by repeat
      calc run resnet18 --bits 8 --format json --output resnet18.json
      calc run mobilenetv2 --bits adaptive --plot mobilenetv2.svg
      cat net.yaml | calc run - --format csv
    """
    if is_weight_file(spec):
        _show_weights(ctx, spec, all_, format_, output)
        return
    one_of("--format", format_, FORMATS)
    one_of("--memory", memory, PLANNERS)
    if by is not None:
        one_of("--by", by, BY)
    if sort is not None:
        one_of("--sort", sort, sorts())
    view = View(
        all_,
        by or "layer",
        None if depth is None else positive("--depth", depth),
        sort,
        None if top is None else positive("--top", top),
    )
    if format_ == "json" and view not in (View(), View(all_layers=True)):
        raise OpError("--by, --depth, --sort and --top do not apply to json, which lists every layer")
    if plot is not None:
        from calc.report.figure import require

        require(plot)
    sizes = input_sizes(input_)
    model = load(spec, sizes, opaque=opaque)
    network = quantised_of(spec)
    if network is not None:
        sys.stderr.write(f"{spec}: the same counts as {network}; --bits 8 for its 8-bit weights\n")
    analysis = analyse(
        model,
        params_of(model, set_, phase, tokens, context),
        sizes,
        bits=bits,
        batch=positive("--batch", batch),
        activations=activations,
        bitops=bitops,
        count_as=count_as,
        memory=memory,
        max_layers=None if max_layers is None else positive("--max-layers", max_layers),
        deployed=deployed,
        kv=kv,
        device=device,
        energy=energy,
        runtime=runtime,
    )
    warn(analysis.warnings, strict)
    say_file_types(analysis, [bits])
    if plot is not None:
        from calc.report.run_plot import draw_run

        draw_run(analysis, plot)
    if by is None and format_ != "csv":
        view = view._replace(by=usual_rows(analysis))
    width = terminal_width(output) if format_ == "table" else None
    if width is None:
        emit(render(analysis, format_, view), None if output is None else Path(output))
    else:
        _show(analysis, view, width)


def _show_weights(ctx: typer.Context, file: str, list_all: bool, format_: str, output: str | None) -> None:
    """Print a file of weights as ``calc weights`` does. Raises OpError for options that are about a network."""
    from calc.cli.weights import weights

    for parameter in ctx.command.params:
        name = parameter.name or ""
        if name not in _OF_WEIGHTS and str(ctx.get_parameter_source(name)).endswith("COMMANDLINE"):
            raise OpError(
                f"{parameter.opts[0]} is about a network, and {file[:200]} is a file of weights",
                "calc weights --help: what can be asked of one",
            )
    weights(file, list_all, format_=format_, output=output)


def _show(analysis: Analysis, view: View, width: int) -> None:
    from calc.cli.pages import show_in_terminal
    from calc.report.run_page import page

    show_in_terminal(page(analysis, view), width)
