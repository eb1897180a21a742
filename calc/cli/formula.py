"""The command ``calc formula``, which prints totals as formulas of params, sizes, bits and the batch."""

import sys
from typing import Annotated

import typer

from calc.cli.completion import complete_policies, complete_totals_of_a_list
from calc.cli.network import Batch, Opaque, Set, Spec
from calc.cli.options import one_of
from calc.cli.warned import warn_of_other_sizes
from calc.errors import OpError
from calc.spec.options import assignments, positive

SCREEN = 40
"""The number of lines above which a formula is printed by block."""
FORMATS = ("text", "python", "latex", "javascript")
BY = ("total", "block", "layer")


def formula(
    spec: Spec,
    in_: Annotated[
        str,
        typer.Option(
            "--in",
            metavar="NAMES",
            help="The variables of the formula, separated by commas: params, batch, bits (or weight_bits, "
            "activation_bits), and the names of sizes in --input. Each may have a range: "
            "resolution,width=0.1..2.0.",
        ),
    ],
    of: Annotated[
        str,
        typer.Option(
            metavar="QUANTITIES",
            help="The totals, separated by commas: macs,params. Names are those of the lock file.",
            autocompletion=complete_totals_of_a_list,
        ),
    ] = "macs",
    bits: Annotated[
        str | None,
        typer.Option(
            help="A policy (see calc run), for totals that depend on bits; by default fp32.",
            autocompletion=complete_policies("8", "w4a8", "fp16", "int4g128"),
        ),
    ] = None,
    set_: Set = None,
    input_: Annotated[
        list[str] | None,
        typer.Option(
            "--input", metavar="[NAME=]SIZES", help="The size of one sample, with names for variable sizes: 3xHxW."
        ),
    ] = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    format_: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help=f"{', '.join(FORMATS)}.", autocompletion=lambda: list(FORMATS)),
    ] = "text",
    by: Annotated[
        str | None,
        typer.Option(
            metavar="total|block|layer",
            help="What to print: the total, or what each block or layer adds. By default total, or block if the "
            "formula is long.",
            autocompletion=lambda: list(BY),
        ),
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Run the formula as it is printed (JavaScript by node) at N random points, and compare with the "
            "counts; exit code 1 if one differs.",
        ),
    ] = None,
) -> None:
    """Print a total of a network as an exact formula.

    calc counts once, with numbers that record the arithmetic. A formula is right within the ranges and under
    the conditions that are printed with it. A network from PyTorch or ONNX is imported at one size in the
    range, or at 256 if there is no range.

    \b
    Examples:
      calc formula mobilenetv2 --of macs --in resolution
      calc formula llama3_8b --of kv_bytes,macs --in tokens,past,batch --bits bf16
      calc formula mobilenetv2 --of bitops.product,weight_bytes --in weight_bits,activation_bits
      calc formula resnet50 --in H,W --input 3xHxW --format python --check 100
    """
    from calc.cli.output import emit
    from calc.report.formulas import block_text, formula_text, unread_lines
    from calc.sources import load, read_source
    from calc.tape.asked import read_sizes, read_totals, read_variables, sizes_of_import
    from calc.tape.checked import Question, is_sum, tape_by_block, tape_by_layer, tape_for
    from calc.tape.compared import wrong_points
    from calc.tape.trace import BATCH
    from calc.tape.written import NODE, is_node_there

    one_of("--format", format_, FORMATS)
    if by is not None:
        one_of("--by", by, BY)
    points = 0 if check is None else positive("--check", check)
    is_source = read_source(spec) is not None
    model = load(spec, sizes_of_import(input_ or [], in_) if is_source else None, opaque=opaque)
    params = assignments(set_, model)
    sizes = read_sizes(input_ or [], model)
    samples = positive("--batch", batch)
    asked = read_variables(in_, model, params, sizes, samples, bits)
    wanted = read_totals(of)
    question = Question(model, asked, wanted, bits or "fp32", params, sizes, samples)
    tape = tape_for(question)
    if is_source and asked.at.keys() != {BATCH}:
        warn_of_other_sizes(spec)
    text = formula_text(tape, question.subject, format_)
    is_long = format_ == "text" and text.count("\n") > SCREEN
    parts = None
    if by == "layer":
        parts = tape_by_layer(question, tape)
    elif by == "block" or (by is None and is_long):
        parts = tape_by_block(question, tape)
    if by in ("block", "layer") and (parts is None or format_ != "text"):
        totals = "totals that layers have" if by == "layer" else "totals that are sums over layers"
        raise OpError(f"--by {by} needs --format text and {totals}", "--by total")
    emit(text if parts is None else block_text(parts, question.subject, by or "block", [*filter(is_sum, wanted)]))
    if parts is not None and by is None:
        sys.stderr.write("by block, for as one formula it fits no screen: --by total\n")
    for line in unread_lines(tape):
        sys.stderr.write(f"{line}\n")
    if points and format_ == "javascript" and not is_node_there():
        sys.stderr.write(f"--check: not run, for {NODE} is not installed, which runs JavaScript\n")
        raise typer.Exit(1)
    if points:
        printed = "total" if parts is None else by or "block"
        wrong, tried = wrong_points(question, parts or tape, points, format_, printed)
        for line in wrong[:5]:
            sys.stderr.write(f"{line}\n")
        counted = f"{tried:,}" if tried == points else f"{tried:,} of {points:,}"
        sys.stderr.write(f"{counted} networks counted: {len(wrong) or 'none'} differ\n")
        if tried < points:
            sys.stderr.write("few of those that were drawn meet the conditions: give --in shorter ranges\n")
        if wrong or not tried:
            raise typer.Exit(1)
