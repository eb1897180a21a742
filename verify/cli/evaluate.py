"""``calc evaluate``: the accuracy of a network at chosen bits, and its cost."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from calc.cli.interrupts import on_interrupt
from calc.cli.network import Input, Set, Spec
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.outputs import guarded
from calc.cli.pages import emit_page
from calc.cli.several import GivenOnce, SeveralWords
from calc.errors import OpError
from calc.holding import held
from calc.sources import load
from calc.spec.options import assignments, input_sizes, positive
from calc.sweeps.chunks import require_scheduler
from verify.cli import as_bad_input, as_bad_option, require_images, require_torch, set_threads, threads_of
from verify.cli.progress import progress
from verify.device import require_device_name
from verify.evaluate import Quantisation, Results, evaluated_bits
from verify.evaluate.weight_file import require_weights
from verify.single import only_input, only_output

FORMATS = ("table", "json", "csv")


class EvaluateCommand(SeveralWords, GivenOnce, TyperCommand):
    """The command with ``--bits`` for several policies."""

    several = ("--bits",)


@guarded
def evaluate(
    spec: Spec,
    weights: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="The weights: a safetensors file or a torch state dict with the keys of the spec."
        ),
    ],
    data: Annotated[
        str,
        typer.Option(
            metavar="DATA",
            help="The data: a folder or zip with one folder per class, an .npz with arrays x and y, cifar10, or fake "
            "(random).",
        ),
    ],
    bits: Annotated[
        list[str],
        typer.Option(help="One or several policies (see calc run): fp32 8 w8a8 int4g128 adaptive rules.yaml."),
    ] = ["fp32", "8", "4"],  # noqa: B006  # typer copies it
    set_: Set = None,
    input_: Input = None,
    activations: Annotated[
        str,
        typer.Option(
            help="The bits of activations: written (rounded if the policy names their width, as w8a8 does, otherwise "
            "float32), or same, producer or a number (see calc run)."
        ),
    ] = "written",
    per_channel: Annotated[
        bool,
        typer.Option(
            "--per-channel/--per-tensor", help="One scale for each output channel, or one for each weight tensor."
        ),
    ] = True,
    scheme: Annotated[
        str,
        typer.Option(
            help="How weights are quantised: symmetric, narrow (symmetric without the lowest code) or affine."
        ),
    ] = "symmetric",
    range_: Annotated[
        str, typer.Option("--range", help="How the range of weights is chosen: max, mse or percentile.")
    ] = "max",
    activation_range: Annotated[
        str, typer.Option(help="How the range of activations is chosen: max or percentile.")
    ] = "max",
    percentile: Annotated[float, typer.Option(help="The percentile of these ranges.")] = 99.9,
    calibration: Annotated[
        str, typer.Option(metavar="N", help="The number of images from which activation ranges are taken.")
    ] = "128",
    preprocess: Annotated[
        str | None,
        typer.Option(
            metavar="YAML",
            help="How images are prepared, in place of the spec's preprocess: {size: 256, crop: 224, mean: , std: }.",
        ),
    ] = None,
    split: Annotated[str, typer.Option(help="train or test, if the data has both.")] = "test",
    root: Annotated[str, typer.Option(metavar="FOLDER", help="The folder of cifar10.")] = "data",
    download: Annotated[bool, typer.Option("--download", help="Download cifar10 if it is missing.")] = False,
    limit: Annotated[str | None, typer.Option(metavar="N", help="Use only N images, evenly spaced.")] = None,
    batch_size: Annotated[str, typer.Option(metavar="N", help="The number of images in a batch.")] = "32",
    threads: Annotated[
        str | None, typer.Option(metavar="N", help="The number of CPU threads; by default PyTorch chooses.")
    ] = None,
    device: Annotated[str, typer.Option(help="The device of PyTorch: cpu, cuda, …")] = "cpu",
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Skip damaged images, and print how many.")] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="tcp://HOST:PORT",
            help="Measure on this Dask cluster, whose workers must see the same paths (extra: distributed).",
        ),
    ] = None,
    results: Annotated[
        str, typer.Option(metavar="FILE", help="The file that keeps finished configurations, which are not run again.")
    ] = "evaluate_results.jsonl",
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="table, json or csv.")] = "table",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
    plot: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw accuracy against BitOps, as .png, .svg or .pdf.")
    ] = None,
) -> None:
    """Measure accuracy with weights rounded to given bits.

    The report has top-1, top-5 and loss for each policy. A plain width such as 8 rounds weights and leaves
    activations in float32; w8a8 rounds both. Formats such as int4g128, fp8, nf4 and mxfp4 (calc formats) have
    scales of their own: --scheme, --range, --percentile and --per-tensor apply to weights in plain widths.
    BitOps are those of the network that ran. Finished configurations are kept in --results, so an interrupted
    run continues where it stopped.

    \b
    Examples:
      calc evaluate mobilenetv2_tf --weights net.safetensors --data images.zip --bits fp32 8 6 5 4 adaptive
      calc evaluate resnet18 --weights resnet18.pt --data val/ --bits fp32 w8a8 --plot accuracy.png
      calc evaluate seed_notebook --weights best.pt --data cifar10 --download --bits fp32 spec --per-tensor
    """
    require_torch("evaluate")
    require_images("evaluate")
    one_of("--format", format_, FORMATS)
    one_of("--scheme", scheme, ("symmetric", "narrow", "affine"))
    one_of("--range", range_, ("max", "mse", "percentile"))
    one_of("--activation-range", activation_range, ("max", "percentile"))
    one_of("--split", split, ("train", "test"))
    if plot is not None:
        from verify.plot import require_plot

        require_plot(plot)
    if scheduler is not None:
        require_scheduler(scheduler)
    count = None if limit is None else positive("--limit", limit)
    batch, cores = positive("--batch-size", batch_size), threads_of(threads)
    calibrate = positive("--calibration", calibration)
    size = input_sizes(input_)
    model = load(spec, size)
    given = assignments(set_, model)
    # options are checked before torch is loaded, which takes seconds
    with as_bad_option():
        from verify.data import preprocess_of
        from verify.data.sources import found_images

        rounding: Any = {"scheme": scheme, "estimator": range_, "activation_estimator": activation_range}
        quantisation = Quantisation(per_channel, percentile=percentile, calibration=calibrate, **rounding)
        asked = evaluated_bits(model, _policies(bits), given, size, activations)
        graph = asked[0].analysis.graph
        sizes, classes = only_input(graph), only_output(graph)
        transform = preprocess_of(model, sizes, given, preprocess)
        require_device_name(device)
        require_weights(weights)
        images = found_images(data, sizes, classes, split, root, download, skip_bad)
        kept = Results(Path(results))
    if kept.passed_over:
        numbers = ", ".join(map(str, kept.passed_over[:5]))
        sys.stderr.write(f"{results}: ignored because cut off or changed: line {numbers}\n")
    with as_bad_input(), held(results, "wait for it, or name another file: --results"):
        from verify.device import usable_device
        from verify.evaluate import Recipe, evaluate_on_cluster, result_key

        usable_device(device)
        set_threads(cores)
        recipe = Recipe(
            _absolute(weights),
            _absolute(data),
            split,
            _absolute(root),
            transform,
            quantisation,
            count,
            batch,
            skip_bad,
            device,
        )
        evaluator = recipe.evaluator(asked[0], images())
        kept = Results(Path(results))  # read again, because other processes may have written before it was held
        keys = [result_key(each, evaluator, recipe.weights) for each in asked]
        missing = {key: each for key, each in zip(keys, asked, strict=True) if key not in kept.found}
        with on_interrupt(lambda: f"{kept.of(keys)}; the same command measures the others"):
            if scheduler is not None:
                with progress("configurations", len(missing), "configurations") as done:
                    for key, found in zip(
                        missing, evaluate_on_cluster(recipe, list(missing.values()), scheduler), strict=True
                    ):
                        kept.keep(key, found)
                        done(1)
            else:
                for number, (key, each) in enumerate(missing.items(), 1):
                    with progress(f"{each.bits} ({number}/{len(missing)})", len(evaluator.indices)) as done:
                        kept.keep(key, evaluator.measure(each, done))
        # a policy that is written in two ways is measured once
        measured = [replace(kept.found[key], bits=each.bits) for key, each in zip(keys, asked, strict=True)]
    skipped = sorted({name for each in measured for name in each.skipped})
    where = "channel" if per_channel else "tensor"
    how = f"weights in plain widths {scheme} per {where}, range by {range_}"
    from verify.evaluate.report import page, render

    notes = [f"{measured[0].score.images:,} images of {data}; {how}; kept in {results}"]
    if skipped:
        notes.append(f"{len(skipped)} damaged images left out: {', '.join(skipped[:5])}")
    if format_ == "table":
        emit_page(page(measured, notes), format_, output)
    else:
        if skipped:
            sys.stderr.write(f"{notes[-1]}\n")
        emit(render(measured, format_), None if output is None else Path(output))
    if plot is not None:
        from verify.evaluate.plot import plot as draw

        draw(measured, plot, f"{graph.model}, {measured[0].score.images:,} images")


def _absolute(path: str) -> str:
    """Return ``path`` as an absolute path, for workers that start in another folder.

    A name that is not a path is unchanged.
    """
    return str(Path(path).resolve()) if Path(path).exists() else path


def _policies(bits: list[str]) -> list[str]:
    found = [policy for text in bits for policy in text.split(",") if policy]
    if not found:
        raise OpError(f"--bits {','.join(bits)!r}: has no policy", "fp32 8 w8a8 adaptive")
    return found


app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command("evaluate", cls=EvaluateCommand, context_settings={"help_option_names": ["-h", "--help"]})(evaluate)
