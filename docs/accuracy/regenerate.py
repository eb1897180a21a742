"""Measures what docs/accuracy.md shows, and writes its tables and pictures.

    python docs/accuracy/regenerate.py --weights FILE --images FILE --cifar FILE --work FOLDER

Finished parts are kept in the work folder and not run again.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from verify.plot import COLOURS, picture

HERE = Path(__file__).parent
PAGE = HERE.parent / "accuracy.md"
BITS = ("fp32", "8", "7", "6", "5", "4", "adaptive", "w8a8")
TRAINED = ("fp32", "8", "4", "2", "spec")
NAMES = {"spec": "the notebook's mix"}
SYMMETRIC = "{mean: 128 / 255, std: 128 / 255}"


def calc(*args: str | Path) -> None:
    """Run a command; its errors end this program."""
    subprocess.run([sys.executable, "-m", "calc", *map(str, args)], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    for name in ("weights", "images", "cifar", "work"):
        parser.add_argument(f"--{name}", required=True, type=Path)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    sections = {
        "evaluate": evaluate(given),
        "others": others(given),
        "sensitivity": sensitivity(given),
        "train": train(given),
    }
    text = PAGE.read_text(encoding="utf-8")
    for name, filled in sections.items():
        start = text.index(f"<!-- {name} -->")
        end = text.index("<!-- end -->", start)
        text = f"{text[:start]}<!-- {name} -->\n{filled}\n{text[end:]}"
    PAGE.write_text(text, encoding="utf-8")


def measured(given: argparse.Namespace, spec: str, name: str, *options: str | Path) -> list[dict[str, Any]]:
    """calc evaluate's configurations."""
    path = given.work / f"{name}.json"
    common = ("--weights", given.weights, "--data", given.images, "--results", given.work / "results.jsonl")
    calc("evaluate", spec, *common, "--format", "json", "--output", path, *options)
    found: list[dict[str, Any]] = json.loads(path.read_text())["configurations"]
    return found


def evaluate(given: argparse.Namespace) -> str:
    """Accuracy of MobileNetV2 at each policy."""
    options = ("--bits", *BITS, "--plot", HERE / "mobilenetv2_tf.png")
    rows = measured(given, "mobilenetv2_tf", "evaluate", *options)
    cells = [
        (
            row["bits"],
            row["widths"],
            *accuracy(row),
            "" if row["bits"] == "fp32" else delta(row),
            f"{row['bitops']['weight']:,}",
            f"{row['bitops']['product']:,}",
            f"{row['weight_bytes']:,}",
        )
        for row in rows
    ]
    titles = ("bits", "W/A", "top-1 %", "top-5 %", "loss", "Δ top-1", "BitOps weight", "BitOps product", "weight bytes")
    return table(titles, cells)


def others(given: argparse.Namespace) -> str:
    """8 bits with other grids and ranges, and the padding that the weights were not trained for."""
    runs = {
        "8, symmetric, range by least squared error": ("mobilenetv2_tf", "--range", "mse"),
        "8, affine, range min to max": ("mobilenetv2_tf", "--scheme", "affine"),
        "8, affine, range by least squared error": ("mobilenetv2_tf", "--scheme", "affine", "--range", "mse"),
        "fp32, PyTorch's symmetric padding": ("mobilenetv2", "--preprocess", SYMMETRIC),
    }
    cells = []
    for number, (what, (spec, *options)) in enumerate(runs.items()):
        bits = what.partition(",")[0]
        row = measured(given, spec, f"other_{number}", "--bits", *dict.fromkeys(("fp32", bits)), *options)[-1]
        cells.append((what, *accuracy(row), "" if bits == "fp32" else delta(row)))
    return table(("", "top-1 %", "top-5 %", "loss", "Δ top-1"), cells)


def accuracy(row: dict[str, Any]) -> tuple[str, ...]:
    """Top-1, top-5 and loss as a page shows them."""
    return f"{row['top1']:.1f}", f"{row['top5']:.1f}", f"{row['loss']:.3f}"


def delta(row: dict[str, Any]) -> str:
    """The drop from fp32 and its standard error."""
    return f"{row['delta_top1']:+.1f} ± {row['delta_top1_standard_error']:.1f}"


def sensitivity(given: argparse.Namespace) -> str:
    """The layers that 4 bits hurt most and least."""
    path = given.work / "mobilenetv2_tf_sensitivity.csv"
    drawn = path.with_suffix(".png")
    if not path.exists():
        calc(
            *("sensitivity", "mobilenetv2_tf", "--weights", given.weights, "--data", given.images, "--images", "32"),
            *("--bits", "2..8", "--format", "csv", "--output", path, "--plot", drawn),
        )
    for made in (path, drawn):
        shutil.copyfile(made, HERE / made.name)
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["bits"] == "4"]
    rows.sort(key=lambda row: -float(row["output_error"]))
    cells = [
        (
            row["layer"],
            f"{int(row['weights']):,}",
            f"{float(row['sqnr_db']):.1f}",
            f"{float(row['output_error']):.4f}",
            f"{float(row['loss_increase']):+.3f}",
        )
        for row in [*rows[:5], *rows[-3:]]
    ]
    return table(("layer at 4 bit", "weights", "SQNR, dB", "output error", "loss increase"), cells)


def train(given: argparse.Namespace) -> str:
    """The notebook's network after five epochs at each precision."""
    runs = {}
    for bits in TRAINED:
        path = given.work / f"train_{bits}.json"
        where = ("--run", given.work / "runs" / bits, "--resume", "--format", "json", "--output", path)
        calc("train", "seed_notebook", "--data", given.cifar, "--bits", bits, *where)
        runs[bits] = json.loads(path.read_text())
    with picture(str(HERE / "seed_notebook.png"), 10.5, 3.6, columns=2) as axes:
        for axis, what, unit in zip(axes, ("loss", "accuracy"), ("nats", "%"), strict=True):
            for (bits, run), colour in zip(runs.items(), COLOURS, strict=False):
                epochs = [row["epoch"] for row in run["epochs"]]
                values = [row[f"validation_{what}"] for row in run["epochs"]]
                axis.plot(epochs, values, "o-", color=colour, label=NAMES.get(bits, bits))
            axis.set_xlabel("epoch")
            axis.set_ylabel(f"validation {what}, {unit}")
            axis.set_xticks(epochs)
            axis.grid(alpha=0.3)
        axes[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
    cells = [
        (
            NAMES.get(bits, bits),
            *[f"{run['epochs'][-1][f'{phase}_loss']:.3f}" for phase in ("train", "validation")],
            *[f"{run['epochs'][-1][f'{phase}_accuracy']:.1f}" for phase in ("train", "validation")],
            f"{run['bitops']['calc']:,}",
            f"{run['bitops']['measured']:,}",
        )
        for bits, run in runs.items()
    ]
    titles = ("bits", "train loss", "val loss", "train %", "val %", "BitOps by calc", "BitOps measured")
    return table(titles, cells)


def table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A markdown table, the first column to the left."""
    rule = ("---", *["---:"] * (len(titles) - 1))
    body = [[cell.replace("-", "−") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, rule, *body))


if __name__ == "__main__":
    main()
