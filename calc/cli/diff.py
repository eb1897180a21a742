"""The command ``calc diff``, which compares two networks."""

from typing import Annotated

import typer

from calc.cli.completion import complete_networks, complete_policies
from calc.cli.network import Input, Opaque
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.streams import terminal_width
from calc.gate.diff import diff as difference
from calc.gate.diff import options_of_both
from calc.report.gate import DIFF_FORMATS


def diff(
    before: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A spec or a source (calc import --help), REV:path for a spec or an ONNX file in git, or a JSON "
            'report of calc run. Quote it together with its options: "mobilenetv2 --set width=0.5".',
            autocompletion=complete_networks,
        ),
    ],
    after: Annotated[
        str,
        typer.Argument(
            metavar="B", help="The network to compare A with, in the same forms.", autocompletion=complete_networks
        ),
    ],
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...",
            help="One or several policies (see calc run). A JSON report has its own.",
            autocompletion=complete_policies("fp32", "8", "4", "w4a8", "adaptive", "mac-share", "spec"),
        ),
    ] = None,
    input_: Input = None,
    opaque: Opaque = False,
    all_: Annotated[bool, typer.Option("--all", help="List every changed layer, however many.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with code 1 if a number differs.")] = False,
    format_: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMAT", help=f"{', '.join(DIFF_FORMATS)}.", autocompletion=lambda: list(DIFF_FORMATS)
        ),
    ] = "text",
    plot: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Draw the totals and the layers that changed, as .png, .svg or .pdf (extra: plot)."
        ),
    ] = None,
) -> None:
    """Compare two networks layer by layer.

    The report has the totals that differ, and the layers that were added, removed, renamed or changed, with the
    reason.

    \b
    Examples:
      calc diff mobilenetv1 mobilenetv2 --bits 8
      calc diff mobilenetv2 "mobilenetv2 --set width=0.5"
      calc diff net.py:make_net net.py:make_wide --input 3x224x224
      calc diff HEAD~1:specs/net.yaml specs/net.yaml --bits 8 adaptive
      calc diff main.json branch.json --format markdown
      calc diff mobilenetv1 mobilenetv2 --bits 8 --plot diff.svg
    """
    one_of("--format", format_, DIFF_FORMATS)
    if plot is not None:
        from calc.report.figure import require

        require(plot)
    before, after = options_of_both(before, after, tuple(input_ or ()), opaque)
    found = difference(before, after, bits or ())
    if plot is not None:
        from calc.report.diff_plot import draw_difference

        draw_difference(before, after, found, plot)
    if format_ == "json":
        from calc.report.gate import json_text

        emit(json_text.render_diff(before, after, found))
    elif format_ == "markdown":
        from calc.report.gate import markdown

        emit(markdown.render_diff(before, after, found))
    else:
        from calc.report.gate import text

        emit(text.render_diff(before, after, found, text.Layout(all_, terminal_width())))
    raise typer.Exit(1 if exit_code and found.is_moved else 0)
