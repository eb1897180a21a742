"""``calc verify``: build the network, run it, and compare every layer with what was derived."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from calc.analysis import analyse
from calc.cli.network import Input, Set, Spec
from calc.cli.options import assignments, input_sizes, one_of, positive
from calc.cli.output import emit
from calc.cli.specs import names
from calc.errors import OpError
from calc.spec import ModelSpec, load
from verify.cli import as_bad_input, require_torch


def verify(
    spec: Spec = "",
    bits: Annotated[
        str, typer.Option(help="A policy, as calc run takes it; weights of up to 16 bits are quantised.")
    ] = "8",
    set_: Set = None,
    input_: Input = None,
    batch: Annotated[str, typer.Option(metavar="N", help="Samples that run.")] = "1",
    against: Annotated[
        str | None,
        typer.Option(metavar="torchvision", help="Also build the reference and compare keys, outputs, totals."),
    ] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="ENTRY", help="The reference's published weights (DEFAULT); downloads them.")
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="Where outputs are compared: cpu, cuda, …; meta runs nothing.")
    ] = "cpu",
    all_: Annotated[bool, typer.Option("--all", help="Verify every packaged spec against its reference.")] = False,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table or json.")] = "table",
    output: Annotated[str | None, typer.Option(metavar="FILE", help="Write there instead.")] = None,
) -> None:
    """Check calc's numbers by running the network: three independent counts, and weights' codes.

    Exits with 1 and every difference if there is one.

    \b
    Examples:
      calc verify specs/mobilenetv2.yaml --bits adaptive
      calc verify resnet50 --against torchvision
      calc verify --all
    """
    require_torch("verify")
    one_of("--format", format_, ("table", "json"))
    if against is not None:
        one_of("--against", against, ("torchvision",))
    if all_ == bool(spec):
        raise OpError("calc verify takes a spec, or --all", "calc verify mobilenetv2")
    if all_:
        if set_ or input_ or against or weights or output or (batch, device, format_) != ("1", "cpu", "table"):
            raise OpError("--all takes no option but --bits", "it compares every spec with its reference on the CPU")
        from verify.cli.summary import verify_all

        raise typer.Exit(0 if verify_all(names(), bits) else 1)
    model = load(spec)
    given = assignments(set_, model)
    size = input_sizes(input_)
    analysis = analyse(model, given, size, bits=bits, batch=positive("--batch", batch))
    from verify import report
    from verify.verification import verify as run

    with as_bad_input():
        verification = run(analysis, against is not None or weights is not None, weights, device)
    width = None
    if format_ == "table" and output is None and sys.stdout.isatty():
        from shutil import get_terminal_size

        width = get_terminal_size().columns
    text = report.to_json(verification) if format_ == "json" else report.text(verification, width)
    agrees = verification.agrees
    if against is not None:
        lines, published_agree = _published(model, given)
        agrees = agrees and published_agree
        if format_ == "table":
            text += lines
    emit(text, None if output is None else Path(output))
    raise typer.Exit(0 if agrees else 1)


def _published(model: ModelSpec, given: dict[str, object]) -> tuple[str, bool]:
    """A line for each published weight entry, and whether all agree."""
    from verify.published import published

    rows = published(model, given)
    lines = [
        f"torchvision {row.entry} at {'×'.join(map(str, row.input))}: {row.giga_macs:.3f} GMACs published, "
        f"{row.macs:,} by calc; {row.published_params:,} and {row.params:,} params: "
        f"{'agree' if row.agrees else 'DIFFER'}\n"
        for row in rows
    ]
    return "".join(lines), all(row.agrees for row in rows)
