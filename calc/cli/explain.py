"""The command ``calc explain``, which finds out how a published number was counted."""

from typing import Annotated

import typer

from calc.bitops import CONVENTIONS
from calc.cli.completion import complete_definitions, complete_layers, complete_policies
from calc.cli.network import Batch, ContextTokens, Input, NewTokens, Opaque, Phase, Set, Spec
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.report.pages import FORMATS
from calc.spec.options import input_sizes, positive
from calc.spec.phases import params_of

MOST = 8


def explain(
    spec: Spec,
    number: Annotated[
        str, typer.Argument(help="The number as it was published: 314.19M, 314,193,216, 8.38e+07, 11.1MB, 44.6MiB.")
    ],
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The layer, or the block of layers, that the number is about.",
            autocompletion=complete_layers,
        ),
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...",
            help="The policies to try for BitOps and sizes; by default, the usual ones.",
            autocompletion=complete_policies("8", "4", "w4a8", "adaptive"),
        ),
    ] = None,
    part: Annotated[
        str,
        typer.Option(
            metavar="PART",
            help="The part of the network that the number is about: all, convolutions or 'without classifier'.",
        ),
    ] = "all",
    ends: Annotated[
        str,
        typer.Option(
            metavar="BITS",
            help="The first and the last layer: excluded, a number of bits, or rest (as the others; other choices are "
            "tried too).",
        ),
    ] = "rest",
    activations: Annotated[
        str,
        typer.Option(
            metavar="BITS", help="The bits of a layer's inputs (see calc run). With same, producer is tried too."
        ),
    ] = "same",
    convention: Annotated[
        str,
        typer.Option(
            "--convention",
            "--bitops",
            metavar="NAME",
            help="What the number counts, if known: BitOps by weight, product or uniq, or a counting tool.",
            autocompletion=complete_definitions,
        ),
    ] = "weight",
    set_: Set = None,
    phase: Phase = None,
    tokens: NewTokens = None,
    context: ContextTokens = None,
    input_: Input = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    all_: Annotated[bool, typer.Option("--all", help=f"List every match, not the best {MOST}.")] = False,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Find out how a published number was counted.

    The search tries counting conventions, parts of the network, input sizes, widths and common mistakes.
    Matches with fewer assumptions come first. Exit code 1 if nothing gives the number.

    \b
    Examples:
      calc explain mobilenetv2 314.19M
      calc explain mobilenetv2 16,457,728 --layer features.1.conv.0
      calc explain mobilenetv2 12,537,150,976 --bits adaptive
      calc explain resnet18 5.8MB --bits 4
      calc explain llama3_8b 16.1GB --phase decode --context 8192
    """
    from calc.api.explain import explain as explanation
    from calc.claims import PARTS
    from calc.conventions import convention_names
    from calc.report.explain import page
    from calc.sources import load

    one_of("--format", format_, FORMATS)
    one_of("--part", part, PARTS)
    one_of("--convention", convention, (*CONVENTIONS, *convention_names()))
    sizes = input_sizes(input_)
    model = load(spec, sizes, opaque=opaque)
    found = explanation(
        model,
        number,
        params_of(model, set_, phase, tokens, context),
        sizes,
        layer=layer,
        bits=bits or (),
        part=part,
        ends=ends,
        activations=activations,
        convention=convention,
        batch=positive("--batch", batch),
    )
    emit_page(page(found, layer, None if all_ else MOST), format_, output)
    raise typer.Exit(0 if found.matches else 1)
