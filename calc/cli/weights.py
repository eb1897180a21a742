"""``calc weights``: what a file of weights holds, told by its header."""

from typing import Annotated

import typer

from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.report.pages import FORMATS


def weights(
    file: Annotated[str, typer.Argument(help="A .safetensors or .gguf file, or a .safetensors.index.json.")],
    all_: Annotated[bool, typer.Option("--all", help="List every tensor, also those that only repeat.")] = False,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """Say what a file of weights holds: its tensors, their formats, their bytes. Only its header is read.

    \b
    Examples:
      calc weights model.safetensors
      calc weights model.safetensors.index.json --all
      calc weights llama-3.1-8b-q4_k_m.gguf --format json
    """
    from calc.report.weights import page
    from calc.weights.fit import type_fit
    from calc.weights.packed import unpacked
    from calc.weights.read import read_weights

    one_of("--format", format_, FORMATS)
    found = read_weights(file)
    emit_page(page(found, unpacked(found.tensors), type_fit(found), all_), format_, output)
