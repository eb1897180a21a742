"""The command ``calc formats``, which lists storage formats and the bits of a tensor in them."""

from typing import Annotated

import typer

from calc.cli.options import one_of
from calc.cli.pages import Format, Output, emit_page
from calc.report.pages import FORMATS
from calc.shape import sizes_of

EXAMPLE = (4096, 4096)
MOST_AXES = 8


def _names(incomplete: str) -> list[str]:
    from calc.formats import format_names

    return [name for name in format_names() if name.lower().startswith(incomplete.lower())]


def formats(
    name: Annotated[
        str | None,
        typer.Argument(help="The format to explain, with the arithmetic for an example tensor.", autocompletion=_names),
    ] = None,
    shape: Annotated[
        str | None,
        typer.Option(metavar="SIZES", help="The shape of the example tensor, such as 64x3x7x7; by default 4096x4096."),
    ] = None,
    format_: Format = "table",
    output: Output = None,
) -> None:
    """List the storage formats of tensors.

    The list has the bits of a code, the bits per weight with scales and zero points, the layout and the source
    of each format.

    \b
    Examples:
      calc formats
      calc formats q4_K
      calc formats int4g128 --shape 64x3x7x7
    """
    from calc.errors import OpError
    from calc.formats import format_named
    from calc.report.storage_formats import format_page, listed_formats

    one_of("--format", format_, FORMATS)
    if name is None:
        if shape is not None:
            raise OpError("--shape needs a format", f"calc formats int4g128 --shape {shape[:40]}")
        emit_page(listed_formats(), format_, output)
        return
    sizes = EXAMPLE if shape is None else sizes_of(shape)
    if len(sizes) > MOST_AXES:
        raise OpError(f"--shape has {len(sizes):,} sizes: at most {MOST_AXES}")
    emit_page(format_page(format_named(name), sizes), format_, output)
