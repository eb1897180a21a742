"""The command ``calc compare``, which compares configurations."""

from pathlib import Path
from typing import Annotated

import typer

from calc.analysis import analyse
from calc.bitops import CONVENTIONS
from calc.cli.completion import complete_networks, complete_policies
from calc.cli.network import Batch, ContextTokens, Deployed, Device, Input, Kv, NewTokens, Opaque, Phase, Runtime, Set
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.cli.warned import say_file_types
from calc.errors import OpError
from calc.report.pages import FORMATS
from calc.spec.options import positive
from calc.spec.phases import params_of


def compare(
    specs: Annotated[
        list[str],
        typer.Argument(
            metavar="SPEC...",
            help="YAML files, names of packaged specs, or sources (calc import --help).",
            autocompletion=complete_networks,
        ),
    ],
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...",
            help="One or several policies (see calc run); by default fp32.",
            autocompletion=complete_policies("fp32", "8", "4", "w4a8", "adaptive", "mac-share", "spec"),
        ),
    ] = None,
    ends: Annotated[
        str,
        typer.Option(
            help="The bits of the first and the last quantised layer, such as 8; rest means the same as the others."
        ),
    ] = "rest",
    set_: Set = None,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    kv: Kv = None,
    runtime: Runtime = None,
    device: Device = None,
    input_: Input = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    deployed: Deployed = False,
    bitops: Annotated[
        str,
        typer.Option(
            metavar="CONVENTION",
            help="The BitOps shown in bars, plots and ratios: weight, product or uniq.",
            autocompletion=lambda: list(CONVENTIONS),
        ),
    ] = "weight",
    activations: Annotated[
        str,
        typer.Option(
            help="The bits of a layer's inputs: same (as the layer), producer (as they were written), or a number."
        ),
    ] = "same",
    plot: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw the comparison, as .png, .svg, .pdf or .html (extra: plot)."),
    ] = None,
    csv: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="Write one CSV file with all layers for each configuration into FOLDER."),
    ] = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Compare several precisions or several networks.

    The result is a table with bars, and on request a plot and CSV files.

    \b
    Examples:
      calc compare mobilenetv2 --bits 2 4 8 adaptive
      calc compare mobilenetv2 --bits adaptive 2 4 8 --plot figure1.png
      calc compare resnet18 resnet34 resnet50 --bits 8 --bitops product
      calc compare "mobilenetv2 --set width=0.5" "net.py:make_net --input 3x224x224"
      calc compare mobilenetv2 --bits 2 4 8 --csv tables
      calc compare llama3_8b --bits bf16 fp8 int4g128:llm q4_K_M --phase decode --context 8192
    """
    from calc.api.compare import compare as configurations
    from calc.gate.variant import SpecVariant, read_variant, with_options
    from calc.report.compare import page, write_csv
    from calc.sources import load

    one_of("--format", format_, FORMATS)
    if ends == "excluded":
        raise OpError("--ends excluded leaves layers out of a sum: calc conventions and calc explain do that")
    asked = SpecVariant("", tuple(set_ or ()), tuple(input_ or ()), positive("--batch", batch), deployed, opaque, kv)
    networks = []
    for spec in specs:
        variant = read_variant(with_options(spec, asked))
        model = load(variant.spec, variant.sizes, opaque=variant.opaque)
        networks.append(
            analyse(
                model,
                params_of(model, list(variant.params), phase, tokens, context),
                variant.sizes,
                batch=variant.batch,
                activations=activations,
                bitops=bitops,
                deployed=variant.deployed,
                kv=variant.kv,
                device=device,
                runtime=runtime,
            )
        )
    found = configurations(*networks, bits=bits or "fp32", ends=ends)
    say_file_types(networks[0], bits or ())
    if plot is not None:
        from calc.report import plot as plots

        plots.save_figure(found, Path(plot))
    if csv is not None:
        try:
            write_csv(found, Path(csv))
        except OSError as error:
            reason = "it is a file, not a folder" if Path(csv).is_file() else error.strerror
            raise OpError(f"{csv}: cannot be written: {reason}") from None
    emit_page(page(found), format_, output)
