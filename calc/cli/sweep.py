"""The command ``calc sweep``, which counts a grid of params, inputs and policies, with one row for each point."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calc.cli.completion import complete_aims, complete_axes, complete_policies, complete_totals
from calc.cli.network import Batch, Deployed, Input, Opaque, Set, Spec
from calc.cli.options import one_of
from calc.cli.warned import warn_of_other_sizes
from calc.errors import OpError
from calc.spec import ModelSpec
from calc.spec.options import assignments, input_sizes, positive
from calc.sweeps.grid import Grid
from calc.sweeps.job import FORMATS, SweepJob, lines_of
from calc.sweeps.samples import read_sample

if TYPE_CHECKING:
    from calc.sweeps.aims import Aim
    from calc.sweeps.chunks import Where
    from calc.sweeps.reasons import Reasons


def sweep(
    spec: Spec,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUES",
            help="A param and its values: width=0.35,0.5,1.0, resolution=96..224:32, or input=3x96x96,3x128x128. For a"
            " param that is a list, 'op[*]=none,mb3,mb6' varies every position and 'op[0]=…' the first. If "
            "repeated, all combinations are counted, and the last option changes fastest.",
            autocompletion=complete_axes,
        ),
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Count only N networks of the grid, drawn at random without repetition, each at every --bits.",
        ),
    ] = None,
    seed: Annotated[
        str,
        typer.Option(
            metavar="S", help="The seed of --sample. With the same seed, a larger sample begins with the smaller one."
        ),
    ] = "0",
    bits: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BITS...",
            help="Policies (see calc run) and ranges: 2..8 adaptive.",
            autocompletion=complete_policies("2..8", "fp32", "8", "adaptive"),
        ),
    ] = None,
    set_: Set = None,
    input_: Input = None,
    opaque: Opaque = False,
    batch: Batch = "1",
    deployed: Deployed = False,
    activations: Annotated[
        str,
        typer.Option(
            help="The bits of a layer's inputs: same (as the layer), producer (as they were written), or a number."
        ),
    ] = "same",
    jobs: Annotated[
        str | None, typer.Option(metavar="N", help="The number of processes; by default one for each core.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tcp://HOST:PORT", help="Count on this Dask cluster (extra: distributed).")
    ] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="csv, json (one list), jsonl (one record per line) or parquet (extra: parquet). By default what the "
            "ending of --output says, else a table in a terminal and csv elsewhere.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write to FILE. If interrupted, the same command continues where it stopped."
        ),
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin again, even if a part of FILE exists.")] = False,
    front: Annotated[
        str | None,
        typer.Option(
            metavar="TOTALS",
            help="Only points of the Pareto front of two or three totals: macs,+params means few MACs and many params.",
            autocompletion=complete_aims,
        ),
    ] = None,
    best: Annotated[str | None, typer.Option(metavar="N", help="Only the N best points, in the order of --by.")] = None,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="TOTAL",
            help="The total that --best minimises, or with a plus sign (+macs) maximises.",
            autocompletion=complete_aims,
        ),
    ] = None,
    of: Annotated[
        str | None,
        typer.Option(
            metavar="TOTALS",
            help="Only these totals, separated by commas: macs,params. By default, all.",
            autocompletion=complete_aims,
        ),
    ] = None,
    among: Annotated[
        str | None,
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="Only points that satisfy a condition: 'macs < 300M and weight_bytes <= 2Mi'.",
        ),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Draw a quantity over one or two axes, as .png, .svg or .pdf (extra: plot)."),
    ] = None,
    quantity: Annotated[
        str,
        typer.Option(
            metavar="QUANTITY",
            help="The quantity that --plot draws: macs, bitops.product, …",
            autocompletion=complete_totals,
        ),
    ] = "bitops.weight",
) -> None:
    """Count every network of a grid, one row each.

    The rows are in order, and memory use does not grow with the grid. A network that cannot exist (such as a
    feature map smaller than a kernel) gives a row with an error, and exit code 1.

    \b
    Examples:
      calc sweep mobilenetv2 --vary width=0.35,0.5,0.75,1.0,1.4 --vary resolution=96..224:32 --bits 2..8
      calc sweep resnet18 --vary input=3x160x160,3x224x224 --bits 8 adaptive --format jsonl --output resnet18.jsonl
      calc sweep mobilenetv2 --vary width=0.25..1.5:0.25 --bits 2 4 8 --quantity weight_bytes --plot widths.svg
      calc sweep mobilenetv2 --vary width=0.1..2.0:0.001 --vary resolution=96..416:1 --front macs,+params
      calc sweep mobilenetv2 --vary width=0.1..2.0:0.001 --where 'macs < 300M' --output small.parquet
      calc sweep mobilenetv2 --vary width=0.1..2.0:0.001 --scheduler tcp://10.0.0.1:8786 --output widths.csv
    """
    from calc.api.sweep import sweep_job
    from calc.cli.streams import terminal_width
    from calc.sources import load, read_source
    from calc.sweeps.aims import aim_of
    from calc.sweeps.axes import INPUT
    from calc.sweeps.chunks import Where, chunks, cores
    from calc.sweeps.failing import failing_choices
    from calc.sweeps.makers import FEW, counted_singly, without_effect
    from calc.sweeps.parquet import require_pyarrow

    if format_ is None and output is not None:
        format_ = next((each for each in FORMATS if output.endswith(f".{each}")), None)
    width = terminal_width(output) if format_ is None else None
    format_ = format_ or ("csv" if width is None else "jsonl")
    one_of("--format", format_, FORMATS)
    if format_ == "parquet":
        require_pyarrow()
    size = input_sizes(input_)
    model = load(spec, size, opaque=opaque)
    given = assignments(set_, model)
    drawn = read_sample(sample, seed)
    job, model = sweep_job(
        spec,
        model,
        vary or [],
        bits or [],
        given,
        input=size,
        batch=positive("--batch", batch),
        activations=activations,
        deployed=deployed,
        format_name=format_,
        where=among,
        sample=drawn,
        of=[] if of is None else of.split(","),
    )
    if drawn is not None and drawn.networks > job.grid.networks:
        sys.stderr.write(
            f"--sample {drawn.networks:,}: the grid has {job.grid.networks:,} networks, and all of them are counted\n"
        )
    if plot is not None and job.grid.sample is not None:
        raise OpError("--plot draws a whole grid, and --sample is a part of one", "leave one out")
    if read_source(spec) is not None and any(axis.name.partition(".")[0] == INPUT for axis in job.grid.axes):
        warn_of_other_sizes(spec)
    wanted = [] if front is None else front.split(",")
    aim = aim_of(job, model, wanted, None if best is None else positive("--best", best), by)
    if job.grid.points >= FEW:
        for line in failing_choices(job, model):
            sys.stderr.write(f"{line}\n")
    for name in without_effect(job, model, aim):
        sys.stderr.write(f"nothing here depends on {name}\n")
    if singly := counted_singly(job, model, aim):
        others = ": --of leaves them out" if aim is None and {*singly} <= {each.name for each in job.told} else ""
        named = " and ".join(singly)
        sys.stderr.write(f"each network is counted, which takes time, for {named}{others}\n")
    if aim is not None:
        if plot is not None:
            raise OpError("--plot draws the points of a grid, and --front and --best choose among them", "leave it out")
        _write_chosen(job, model, width, aim, output)
        return
    axes = None if plot is None else _axes_of_plot(plot, quantity, job.grid)
    where = Where(cores() if jobs is None else positive("--jobs", jobs), scheduler)
    shown = [axis.name for axis in job.grid.axes if axis.name not in given]
    reasons = _write_rows(job, model, where, width, shown, output, restart)
    if plot is not None and axes is not None:
        from calc.report.sweep_plot import draw_sweep

        lines = [line for chunk in chunks(job._replace(format="jsonl"), model, 0, where) for line in chunk.lines]
        draw_sweep(model.name, quantity, axes, list(map(json.loads, lines)), plot)
    if reasons:
        _tell_errors(reasons, has_rows=among is None)
        raise typer.Exit(1)


def _tell_errors(reasons: "Reasons", has_rows: bool) -> None:
    """Write how many points have an error. Without rows, the reasons are written too."""
    from calc.sweeps.reasons import reason_lines

    errors = sum(reasons.values())
    head = f"{errors:,} of the points {'has' if errors == 1 else 'have'} an error instead of counts"
    sys.stderr.write("\n".join([head] if has_rows else [f"{head}:", *reason_lines(reasons)]) + "\n")


def _write_rows(
    job: SweepJob, model: ModelSpec, where: "Where", width: int | None, varied: list[str], output: str | None,
    restart: bool,
) -> "Reasons":  # fmt: skip
    """Write every row. Return the reasons why points have an error, with their numbers. Raises OpError."""
    from calc.cli.interrupts import on_interrupt
    from calc.cli.output import streamed
    from calc.cli.progress import progress
    from calc.holding import held
    from calc.report.sweep_table import SweepTable
    from calc.sweeps.chunks import chunks
    from calc.sweeps.reasons import add_reasons
    from calc.sweeps.saved import stream_rows
    from calc.sweeps.saved_blocks import sweep_file

    reasons: Reasons = {}
    with streamed(output) as out, on_interrupt(lambda: "no row is kept; with --output FILE the same command goes on"):
        if out is not None and job.format == "parquet":
            raise OpError("--format parquet is a file, not a stream", "--output rows.parquet")
        if out is not None and width is not None:
            table = SweepTable(width, varied, job.told)
            rows = 0
            for chunk in chunks(job, model, 0, where):
                out.write(table.part(chunk.lines) if chunk.lines else "")
                rows += len(chunk.lines)
                add_reasons(reasons, chunk.reasons)
            out.write(table.end() if rows else f"none of the {job.grid.points:,} points satisfies --where\n")
        elif out is not None:
            for chunk in stream_rows(job, chunks(job, model, 0, where), out):
                add_reasons(reasons, chunk.reasons)
    if output is not None and out is None:
        with held(output, "wait for it, or name another --output"):
            saved = sweep_file(Path(output), job, model, restart=restart)
            if saved.done:
                sys.stderr.write(
                    f"{saved.part}: going on after {saved.done:,} of {job.grid.points:,} {saved.counted}\n"
                )
            with (
                on_interrupt(lambda: f"{saved.kept}; the same command goes on after them"),
                progress(model.name, job.grid.points, saved.done, "points") as advance,
            ):
                for chunk in saved.write(chunks(job, model, saved.done, where)):
                    advance(chunk.points)
            reasons = saved.reasons
    return reasons


def _write_chosen(job: SweepJob, model: ModelSpec, width: int | None, aim: "Aim", output: str | None) -> None:
    """Write the rows of the points that ``aim`` wants. Raises OpError."""
    from calc.cli.output import emit
    from calc.report.sweep_table import SweepTable
    from calc.sweeps.chosen import choose, joined_rows, rows_of, save_rows

    found = choose(job, model, aim)
    rows = rows_of(job, model, found)
    if job.format == "parquet":
        save_rows(Path(output or "-"), job, rows)
    elif width is None or not rows:
        emit(joined_rows(job, rows), None if output is None else Path(output))
    else:
        table = SweepTable(width, [axis.name for axis in job.grid.axes if len(axis.values) > 1], job.told)
        emit(table.part(lines_of(job, rows)) + table.end())
    traces = "one trace" if found.traces == 1 else f"{found.traces:,} traces"
    sys.stderr.write(f"{len(found.numbers):,} of {job.grid.points:,} points, found with {traces} of the engine\n")
    if found.reasons:
        _tell_errors(found.reasons, has_rows=False)
        raise typer.Exit(1)


def _axes_of_plot(plot: str, quantity: str, grid: Grid) -> tuple[str, str | None]:
    """Return the axis along the figure and the axis of its lines. Raises OpError if they cannot be drawn."""
    from calc.report.figure import require
    from calc.report.sweep_plot import BITS, plotted, plotted_axes

    require(plot)
    plotted(quantity)
    return plotted_axes({**{axis.name: len(axis.values) for axis in grid.axes}, BITS: len(grid.policies)})
