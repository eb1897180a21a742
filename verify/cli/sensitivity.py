"""``calc sensitivity``: how much rounding each layer alone hurts the network."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperCommand

from calc.analysis import analyse
from calc.cli.interrupts import on_interrupt
from calc.cli.network import Input, Set, Spec
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.outputs import guarded
from calc.cli.pages import emit_page
from calc.cli.several import GivenOnce, SeveralWords
from calc.errors import OpError
from calc.sources import load
from calc.spec.options import assignments, input_sizes, positive
from verify.cli import as_bad_input, as_bad_option, require_images, require_torch
from verify.cli.progress import progress
from verify.device import require_device_name
from verify.evaluate.weight_file import require_weights
from verify.single import only_input, only_output

MEASURES = ("sqnr_db", "weight_error", "output_error", "loss_increase", "hessian_error")


class SensitivityCommand(SeveralWords, GivenOnce, TyperCommand):
    """The command with ``--bits`` for several widths."""

    several = ("--bits",)


@guarded
def sensitivity(
    spec: Spec,
    weights: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="The weights: a safetensors file or a torch state dict with the keys of the spec."
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Images (see calc evaluate). Without them, only the errors of the weights are measured.",
        ),
    ] = None,
    bits: Annotated[list[str], typer.Option(help="The widths: 2 4 8, or 2..8.")] = ["2..8"],  # noqa: B006  # typer copies it
    set_: Set = None,
    input_: Input = None,
    per_channel: Annotated[
        bool,
        typer.Option(
            "--per-channel/--per-tensor", help="One scale for each output channel, or one for each weight tensor."
        ),
    ] = True,
    images: Annotated[str, typer.Option(metavar="N", help="The number of calibration images, evenly spaced.")] = "32",
    hessian: Annotated[
        str | None,
        typer.Option(metavar="N", help="Also estimate the trace of the Hessian from N random vectors. This is slow."),
    ] = None,
    preprocess: Annotated[
        str | None, typer.Option(metavar="YAML", help="How images are prepared, in place of the spec's preprocess.")
    ] = None,
    split: Annotated[str, typer.Option(help="train or test, if the data has both.")] = "train",
    root: Annotated[str, typer.Option(metavar="FOLDER", help="The folder of cifar10.")] = "data",
    download: Annotated[bool, typer.Option("--download", help="Download cifar10 if it is missing.")] = False,
    batch_size: Annotated[str, typer.Option(metavar="N", help="The number of images in a batch.")] = "32",
    device: Annotated[str, typer.Option(help="The device of PyTorch: cpu, cuda, …")] = "cpu",
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Skip damaged images.")] = False,
    measure: Annotated[
        str | None, typer.Option(help=f"The measure in the table and the plot: {', '.join(MEASURES)}.")
    ] = None,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, csv or json.")] = "table",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
    plot: Annotated[str | None, typer.Option(metavar="FILE", help="Draw a heat map, as .png, .svg or .pdf.")] = None,
) -> None:
    """Measure how rounding each layer hurts the network.

    One layer at a time is rounded to one width. The CSV (layer, bits, weights, and one column for each measure)
    is the input of calc allocate.

    \b
    Examples:
      calc sensitivity mobilenetv2_tf --weights net.safetensors --format csv --output weights.csv
      calc sensitivity mobilenetv2_tf --weights net.safetensors --data images.zip --bits 2..8 --plot heat.png
    """
    require_torch("sensitivity")
    one_of("--format", format_, ("table", "csv", "json"))
    one_of("--split", split, ("train", "test"))
    if measure is not None:
        one_of("--measure", measure, MEASURES)
    needs_data = measure in ("output_error", "loss_increase", "hessian_error") or hessian is not None
    if data is None and needs_data:
        raise OpError(f"{'--hessian' if hessian else f'--measure {measure}'} needs images", "--data DATA")
    if measure == "hessian_error" and hessian is None:
        raise OpError("--measure hessian_error needs random vectors", "--hessian 8")
    if plot is not None:
        from verify.plot import require_plot

        require_plot(plot)
    count, size = positive("--images", images), positive("--batch-size", batch_size)
    probes = None if hessian is None else positive("--hessian", hessian)
    widths = _widths(bits)
    given_sizes = input_sizes(input_)
    model = load(spec, given_sizes)
    given = assignments(set_, model)
    analysis = analyse(model, given, given_sizes)
    graph = analysis.graph
    # options are checked before torch is loaded, which takes seconds
    with as_bad_option():
        require_device_name(device)
        require_weights(weights)
        transform, images_found = None, None
        if data is not None:
            require_images("sensitivity")
            from verify.data import preprocess_of
            from verify.data.sources import found_images

            sizes, classes = only_input(graph), only_output(graph)
            transform = preprocess_of(model, sizes, given, preprocess)
            images_found = found_images(data, sizes, classes, split, root, download, skip_bad)
    facts: dict[str, object] = {"model": graph.model, "per_channel": per_channel, "images": 0}
    with as_bad_input(), on_interrupt(lambda: "nothing is kept; the same command starts again"):
        from verify.build import build
        from verify.data import Loader, evenly
        from verify.device import usable_device
        from verify.evaluate import load_weights
        from verify.sensitivity import hessian_traces, measure_data, weight_errors
        from verify.sensitivity.measure import layer_weights

        usable_device(device)
        network = build(graph, initialise=False)
        load_weights(network, weights)
        network.to(device)
        rows, rounded = weight_errors(analysis, network, widths, per_channel=per_channel)
        if images_found is not None and transform is not None:
            found = images_found()
            chosen = evenly(len(found), count)
            loader = Loader(found, chosen, lambda image, _index: transform(image), size, skip_bad)
            with progress("layers × widths", len(rows) * len(chosen)) as done:
                rows = measure_data(network, rows, rounded, loader, done, device)
            facts["images"] = len(chosen) - len(loader.skipped)
            if probes is not None:
                with progress("Hessian", probes * len(chosen)) as done:
                    traces = hessian_traces(network, layer_weights(analysis, network), list(loader), probes, done=done)
                rows = [row.with_trace(traces[row.layer]) for row in rows]
            if loader.skipped:
                sys.stderr.write(f"{len(loader.skipped)} damaged images left out: {', '.join(loader.skipped[:5])}\n")
    from verify.sensitivity.report import heat_map, page, to_csv, to_json

    shown = measure or ("output_error" if data is not None else "sqnr_db")
    if format_ == "table":
        emit_page(page(rows, shown), format_, output)
    else:
        text = to_csv(rows) if format_ == "csv" else to_json(rows, facts)
        emit(text, None if output is None else Path(output))
    if plot is not None:
        where = f", {facts['images']} images" if data is not None else ""
        heat_map(rows, shown, plot, f"{graph.model}: one layer's weights rounded{where}")


def _widths(texts: list[str]) -> list[int]:
    """Return the widths in ``texts``, such as ``2..8`` or 4, each once, sorted. Raises OpError."""
    found: set[int] = set()
    for text in [part for each in texts for part in each.split(",") if part]:
        first, dots, last = text.partition("..")
        low, high = positive("--bits", first), positive("--bits", last if dots else first)
        if not low <= high <= 16:
            raise OpError(f"--bits {text}: must be widths from 1 to 16, such as 2..8")
        found |= set(range(low, high + 1))
    if not found:
        raise OpError(f"--bits {','.join(texts)!r}: has no width", "2..8")
    return sorted(found)


app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("sensitivity", cls=SensitivityCommand, context_settings={"help_option_names": ["-h", "--help"]})(
    sensitivity
)
