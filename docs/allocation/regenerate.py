"""Measures what docs/allocation.md shows, and writes its tables and pictures.

    python docs/allocation/regenerate.py --weights FILE --images FILE --work FOLDER

Finished parts are kept in the work folder and not run again.
"""

import argparse
import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from calc.report.point_names import name_points
from verify.plot import COLOURS, picture

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = HERE.parent / "allocation.md"
SENSITIVITIES = "docs/accuracy/mobilenetv2_tf_sensitivity.csv"
SPEC = "mobilenetv2_tf"
RULES = ("4", "adaptive", "5", "6", "mac-share")
MEASURES = {
    "weights_alike": "every weight alike",
    "alike": "every layer alike",
    "weight_error": "weight error",
    "output_error": "output error",
    "loss_increase": "loss increase",
}


def calc(*args: str | Path) -> None:
    """Run a command in the checkout; its errors end this program."""
    subprocess.run([sys.executable, "-m", "calc", *map(str, args)], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    for name in ("weights", "images", "work"):
        parser.add_argument(f"--{name}", required=True, type=lambda text: Path(text).resolve())
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    allocated = {(rule, measure): allocate(given.work, rule, measure) for rule in RULES for measure in MEASURES}
    found = evaluate(given, [*RULES, *[str(path) for path in allocated.values()]])
    best = {key: found[str(path)] for key, path in allocated.items()}
    draw({rule: found[rule] for rule in RULES}, best)
    against = ("--against", "bitops.weight", "--against", "weight_bytes")
    calc("pareto", SPEC, *against, *measure_options(given.work, "output_error"), "--plot", HERE / "front.png")
    filled = {"compared": compared(found, best), "policy": policy(allocated["5", "output_error"])}
    text = PAGE.read_text(encoding="utf-8")
    for name, part in filled.items():
        start = text.index(f"<!-- {name} -->")
        end = text.index("<!-- end -->", start)
        text = f"{text[:start]}<!-- {name} -->\n{part}\n{text[end:]}"
    PAGE.write_text(text, encoding="utf-8")


def measure_options(work: Path, measure: str) -> list[str | Path]:
    """The options that name a measure; without any, calc allocate takes every layer for alike."""
    if measure == "alike":
        return []
    if measure == "weights_alike":
        return ["--sensitivity", weights_alike(work), "--column", measure]
    clip = ["--clip-negative"] if measure == "loss_increase" else []
    return ["--sensitivity", SENSITIVITIES, "--column", measure, *clip]


def weights_alike(work: Path) -> Path:
    """A CSV of weights × 4^−bits: the sensitivity of a layer, were that of every weight the same."""
    path = work / "weights_alike.csv"
    with (ROOT / SENSITIVITIES).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    values = [(row["layer"], row["bits"], int(row["weights"]) * 4.0 ** -int(row["bits"])) for row in rows]
    lines = [f"{layer},{bits},{value!r}" for layer, bits, value in values]
    path.write_text("\n".join(["layer,bits,weights_alike", *lines, ""]), encoding="utf-8")
    return path


def allocate(work: Path, rule: str, measure: str) -> Path:
    """The policy that is best within the BitOps of ``rule``."""
    path = work / f"{measure}_within_{rule}.yaml"
    options = ("--budget", f"bitops.weight={f'w{rule}a{rule}' if rule.isdigit() else rule}", "--bits", "2..8")
    calc("allocate", SPEC, *options, *measure_options(work, measure), "--output", path)
    return path


def evaluate(given: argparse.Namespace, policies: list[str]) -> dict[str, dict[str, Any]]:
    """calc evaluate's configurations by policy."""
    path = given.work / "evaluated.json"
    common = ("--weights", given.weights, "--data", given.images, "--results", given.work / "results.jsonl")
    calc("evaluate", SPEC, *common, "--bits", "fp32", *policies, "--format", "json", "--output", path)
    return {row["bits"]: row for row in json.loads(path.read_text())["configurations"]}


def compared(found: dict[str, dict[str, Any]], best: dict[tuple[str, str], dict[str, Any]]) -> str:
    """A row a budget: what the rule gets, and what the optimum under each measure gets."""
    rows = []
    for rule in RULES:
        cells = [rule, f"{found[rule]['bitops']['weight']:,}", f"{found[rule]['top1']:.1f}"]
        rows.append([*cells, *[f"{best[rule, measure]['top1']:.1f}" for measure in MEASURES]])
    return table(["within the BitOps of", "BitOps weight", "the rule", *MEASURES.values()], rows)


def policy(path: Path) -> str:
    """The head of a policy file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(["```yaml", *lines[:10], f"  # … {len(lines) - 10} more", "```"])


def draw(rules: dict[str, dict[str, Any]], best: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Top-1 over BitOps: the rules as points, the optima as lines."""
    with picture(str(HERE / "mobilenetv2_tf.png"), 8.0, 4.6) as axes:
        for (measure, name), colour in zip(MEASURES.items(), COLOURS, strict=False):
            points = sorted((best[rule, measure]["bitops"]["weight"], best[rule, measure]["top1"]) for rule in RULES)
            axes.plot(*zip(*points, strict=True), "o-", color=colour, markersize=4, label=f"optimum by {name}")
        for row in rules.values():
            axes.plot(row["bitops"]["weight"], row["top1"], "kX", markersize=8)
        axes.plot([], [], "kX", label="rule")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value / 10**9:.1f} G")
        axes.set_xlabel("BitOps, weight convention")
        axes.set_ylabel("top-1, %")
        axes.set_ylim(bottom=-9)
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
        name_points(axes, [(row["bitops"]["weight"], row["top1"], rule) for rule, row in rules.items()])


def table(titles: list[str], rows: list[list[str]]) -> str:
    """A markdown table, the first column to the left."""
    rule = ("---", *["---:"] * (len(titles) - 1))
    return "\n".join(f"| {' | '.join(row)} |" for row in (titles, rule, *rows))


if __name__ == "__main__":
    main()
