"""``calc train``: trains a network with rounded weights."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from calc.analysis import analyse
from calc.cli.interrupts import on_interrupt
from calc.cli.network import Input, Set
from calc.cli.options import one_of
from calc.cli.output import emit
from calc.cli.outputs import guarded
from calc.cli.pages import emit_page
from calc.errors import OpError
from calc.sources import load
from calc.spec.options import assignments, input_sizes, positive
from verify.cli import as_bad_input, as_bad_option, require_images, require_torch, set_threads, threads_of
from verify.device import require_device_name
from verify.evaluate.weight_file import require_weights
from verify.single import only_input, only_output
from verify.train import Checkpoints, TrainingOptions

if TYPE_CHECKING:
    from verify.data import Images
    from verify.train import Epoch, Trainer

MOST_SEED = 999_999
"""The largest ``--seed``. The seed of an augmented image contains it, and has to fit into 64 bits."""
HELD_OUT = 5
"""If the data has no images for validation, every fifth image is held out."""


@guarded
def train(
    spec: Annotated[
        str, typer.Argument(help="A YAML file, the name of a packaged spec, or a source (calc import --help).")
    ] = "seed_notebook",
    data: Annotated[
        str,
        typer.Option(
            metavar="DATA",
            help="The data: cifar10, fake (random), an .npz with arrays x and y, or a folder or zip with one folder "
            "per class.",
        ),
    ] = "cifar10",
    bits: Annotated[str, typer.Option(help="The policy of the weights (see calc run).")] = "spec",
    epochs: Annotated[str, typer.Option(metavar="N", help="The number of passes through the data.")] = "5",
    batch_size: Annotated[str, typer.Option(metavar="N", help="The number of images in a step.")] = "64",
    optimiser: Annotated[str, typer.Option(help="The optimiser: adam, or sgd with momentum 0.9.")] = "adam",
    learning_rate: Annotated[
        float, typer.Option(help="The learning rate at the start; it falls to 0 by a cosine.")
    ] = 2e-3,
    weight_decay: Annotated[float, typer.Option(help="The weight decay.")] = 0.0,
    lsq: Annotated[bool, typer.Option("--lsq", help="Learn the step sizes (LSQ, Esser et al. 2020).")] = False,
    per_channel: Annotated[
        bool,
        typer.Option(
            "--per-channel/--per-tensor", help="One scale for each output channel, or one for each weight tensor."
        ),
    ] = False,
    augment: Annotated[bool, typer.Option("--augment", help="Flip and shift training images at random.")] = False,
    weights: Annotated[str | None, typer.Option(metavar="FILE", help="Start from these weights.")] = None,
    seed: Annotated[
        int, typer.Option(help="The seed of the initial weights, the order of images and the augmentation.")
    ] = 0,
    limit: Annotated[
        str | None, typer.Option(metavar="N", help="Use only N training images (and N validation images).")
    ] = None,
    set_: Set = None,
    input_: Input = None,
    preprocess: Annotated[
        str | None, typer.Option(metavar="YAML", help="How images are prepared, in place of the spec's preprocess.")
    ] = None,
    root: Annotated[str, typer.Option(metavar="FOLDER", help="The folder of cifar10.")] = "data",
    download: Annotated[bool, typer.Option("--download", help="Download cifar10 if it is missing.")] = False,
    device: Annotated[str, typer.Option(help="The device of PyTorch: cpu, cuda, …")] = "cpu",
    threads: Annotated[
        str | None, typer.Option(metavar="N", help="The number of CPU threads; by default PyTorch chooses.")
    ] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Skip damaged images, and print how many.")] = False,
    run: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="The folder for last.pt, best.pt and log.csv; by default runs/SPEC-BITS."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the last checkpoint of the run.")] = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="The format of the final report: table or json.")
    ] = "table",
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write to FILE instead of standard output.")
    ] = None,
    plot: Annotated[
        str | None, typer.Option(metavar="FILE", help="Draw the training curves, as .png, .svg or .pdf.")
    ] = None,
) -> None:
    """Train with weights rounded in every forward pass.

    The stored weights stay in full precision and learn. At the end, the report has the accuracy, and BitOps as
    calc counts them beside those measured from the trained codes. Activations stay in float32.

    \b
    Examples:
      calc train seed_notebook --data cifar10 --download
      calc train seed_notebook --data images.zip --bits 4 --lsq --epochs 20 --plot curves.png
      calc train seed_notebook --data images.zip --bits 4 --lsq --epochs 20 --resume
    """
    require_torch("train")
    require_images("train")
    one_of("--optimiser", optimiser, ("adam", "sgd"))
    one_of("--format", format_, ("table", "json"))
    if not 0 < learning_rate < math.inf:
        raise OpError(f"--learning-rate {learning_rate}: must be above 0")
    if not 0 <= weight_decay < math.inf:
        raise OpError(f"--weight-decay {weight_decay}: must be 0 or more")
    if not 0 <= seed <= MOST_SEED:
        raise OpError(f"--seed {seed}: must be from 0 to {MOST_SEED:,}")
    if plot is not None:
        from verify.plot import require_plot

        require_plot(plot)
    folder = Path(run or f"runs/{Path(spec).stem}-{Path(bits).stem}")
    count, cores = None if limit is None else positive("--limit", limit), threads_of(threads)
    options = TrainingOptions(
        positive("--epochs", epochs),
        positive("--batch-size", batch_size),
        optimiser,  # type: ignore[arg-type]  # checked above
        learning_rate,
        weight_decay,
        lsq,
        per_channel,
        augment,
        seed,
    )
    at_sizes = input_sizes(input_)
    model = load(spec, at_sizes)
    given = assignments(set_, model)
    analysis = analyse(model, given, at_sizes, bits=bits)
    other = next((row.bits.format for row in analysis.assigned if row and row.bits.format), None)
    if other is not None:
        raise OpError(f"--bits {bits}: training rounds to integer codes, not to {other.name}", f"{other.code_bits}")
    # options are checked before torch is loaded, which takes seconds
    with as_bad_option():
        checkpoints = Checkpoints(folder)
        checkpoints.require_usable(resume)
        require_device_name(device)
        if weights is not None:
            require_weights(weights)
        from verify.data import preprocess_of
        from verify.data.sources import found_images

        sizes, classes = only_input(analysis.graph), only_output(analysis.graph)
        transform = preprocess_of(model, sizes, given, preprocess)
        training, validation = [
            found_images(data, sizes, classes, split, root, download, skip_bad) for split in ("train", "test")
        ]
    with as_bad_input(), checkpoints.held():
        from verify.device import usable_device
        from verify.train import Trainer
        from verify.train.report import curves, page, to_json, training_bitops

        usable_device(device)
        set_threads(cores)
        trainer = Trainer(
            analysis,
            *_samples(training(), validation(), count),
            transform,
            options,
            checkpoints,
            weights=weights,
            skip_bad=skip_bad,
            device=device,
        )
        if resume:
            trainer.resume()
        with on_interrupt(lambda: checkpoints.kept), _shown(trainer) as told:
            for epoch in trainer.run(told):
                told(epoch.epoch, 0)
        layers = training_bitops(trainer)
    if trainer.skipped:
        names = ", ".join(sorted(trainer.skipped)[:5])
        sys.stderr.write(f"{len(trainer.skipped)} damaged images left out: {names}\n")
    if format_ == "json":
        emit(to_json(trainer, bits, layers), None if output is None else Path(output))
    else:
        emit_page(page(trainer, bits, layers, str(folder)), format_, output)
    if plot is not None:
        curves(trainer.history, plot, f"{analysis.graph.model} at {bits}")


def _samples(training: "Images", validation: "Images", limit: int | None) -> tuple[Any, Any]:
    """Return the training and validation images. Every fifth image is held out if the data has no split."""
    from verify.data import evenly
    from verify.train.trainer import Samples

    if training.identity != validation.identity:
        return (
            Samples(training, list(evenly(len(training), limit))),
            Samples(validation, list(evenly(len(validation), limit))),
        )
    chosen = list(evenly(len(training), limit))
    held = chosen[HELD_OUT - 1 :: HELD_OUT]
    kept = [index for position, index in enumerate(chosen) if (position + 1) % HELD_OUT]
    return Samples(training, kept), Samples(training, held or kept[-1:])


@contextmanager
def _shown(trainer: "Trainer") -> Iterator[Any]:
    """Show a live table of epochs on standard error in a terminal, or a line for each epoch in a pipe."""
    from verify.train.report import TITLES, epochs, history_cells

    if not sys.stderr.isatty():

        def line(_epoch: int, images: int) -> None:
            if not images:
                sys.stderr.write(
                    "  ".join(f"{t} {c}" for t, c in zip(TITLES, history_cells(trainer.history[-1]), strict=True))
                    + "\n"
                )
                sys.stderr.flush()

        yield line
        return
    from time import perf_counter

    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from calc.report.fit import drawn as table_lines
    from calc.report.fit import fitted

    console = Console(stderr=True)
    done, start = 0, perf_counter()
    images_per_epoch = len(trainer.train_samples.indices)

    def drawn(epoch: int) -> Text:
        rows: list[Epoch] = trainer.history
        lines = table_lines(fitted(epochs(rows), console.width), console.width)
        if epoch > len(rows):
            speed = done / (perf_counter() - start)
            shown = f"{min(done, images_per_epoch):,} of {images_per_epoch:,} images, {speed:.0f}/s"
            lines.append(f"epoch {epoch}: {shown}")
        return Text("\n".join(lines))

    with Live(drawn(0), console=console, refresh_per_second=4, transient=True) as live:

        def show(epoch: int, images: int) -> None:
            nonlocal done, start
            if not images:
                done, start = 0, perf_counter()
            done += images
            live.update(drawn(epoch))

        yield show
