"""The command ``calc weights``, which shows the content of a file of weights by its header."""

from typing import Annotated

import typer

from calc.cli.completion import complete_networks
from calc.cli.network import Input, Opaque, Set
from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.errors import OpError
from calc.report.pages import FORMATS, Page
from calc.sources import load
from calc.spec import expand
from calc.spec.options import assignments, input_sizes
from calc.weights.read import read_weights
from calc.weights.stored import WeightFile

_GGUF = "GGUF"
ANY = "any"
"""The word that stands for all packaged specs."""


def weights(
    file: Annotated[str, typer.Argument(help="A .safetensors or .gguf file, or a .safetensors.index.json.")],
    all_: Annotated[bool, typer.Option("--all", help="List every tensor, including those of repeated blocks.")] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Compare keys and shapes with those of a spec or a source, or with all packaged specs (any). Exit "
            "code 1 if they differ.",
            autocompletion=lambda incomplete: [ANY, *complete_networks(incomplete)],
        ),
    ] = None,
    set_: Set = None,
    input_: Input = None,
    opaque: Opaque = False,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Show what a file of weights holds.

    The report lists tensors, formats and bytes. Only the header of the file is read.

    \b
    Examples:
      calc weights model.safetensors
      calc weights model.safetensors.index.json --all
      calc weights llama-3.1-8b-q4_k_m.gguf --format json
      calc weights net.safetensors --against any
      calc weights net.safetensors --against mobilenetv2 --set width=0.5
    """
    one_of("--format", format_, FORMATS)
    if against is None:
        if set_ or input_ or opaque:
            raise OpError(
                "--set, --input and --opaque are about the spec of --against", "calc weights FILE --against SPEC"
            )
        emit_page(report(read_weights(file), all_), format_, output)
        return
    if all_:
        raise OpError("--all lists tensors, and --against lists differences", "leave one of them out")
    shown, fits = _compared(file, against, set_, input_, opaque)
    emit_page(shown, format_, output)
    raise typer.Exit(0 if fits else 1)


def _compared(
    file: str, against: str, set_: list[str] | None, input_: list[str] | None, opaque: bool
) -> tuple[Page, bool]:
    """Return the comparison with a spec, or with all packaged specs, and whether the file fits."""
    from calc.report.against import page, specs_page
    from calc.weights.against import against_packaged, keys_against
    from calc.weights.packed import unpacked

    if against == ANY:
        if set_ or input_ or opaque:
            raise OpError(f"--set, --input and --opaque are about one spec, --against {ANY} tries all", "name the spec")
        found = read_weights(file)
        specs = against_packaged(unpacked(found.tensors))
        _check_names(found, specs[0][1].agreeing)
        return specs_page(found, specs), any(compared.fits for _, compared in specs)
    sizes = input_sizes(input_)
    model = load(against, sizes, opaque=opaque)
    graph = expand(model, assignments(set_, model), sizes)
    found = read_weights(file)
    compared = keys_against(unpacked(found.tensors), graph)
    _check_names(found, compared.agreeing)
    return page(found, graph, compared), compared.fits


def _check_names(found: WeightFile, agreeing: int) -> None:
    """Raise OpError for a GGUF file of which no key agrees, because GGUF has other names for the same tensors."""
    if found.kind.startswith(_GGUF) and not agreeing:
        fact = (
            f"{found.path}: its tensors have GGUF's names, such as blk.0.attn_q.weight, and those of a spec PyTorch's"
        )
        hint = "calc weights FILE prints its file type, and calc run SPEC --bits q4_K_M the bytes of this type"
        raise OpError(fact, hint)


def report(found: WeightFile, list_all: bool) -> Page:
    """Return the report on one file."""
    from calc.report.weights import page

    return page(found, list_all)
