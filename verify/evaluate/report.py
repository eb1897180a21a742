"""Writes measured configurations as a table, CSV and JSON. Differences are relative to the one at fp32."""

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from calc.bitops import CONVENTIONS
from calc.report.pages import Page, Section
from calc.report.table import Column, Table
from verify.evaluate.measured import Evaluated

SCHEMA = "calc.evaluate/1"
BASELINE = "fp32"

_COLUMNS = (
    Column("bits", "Bits", "text"),
    Column("widths", "W/A", "number", 6),
    Column("top1", "Top-1 %", "number"),
    Column("top5", "Top-5 %", "number", 5),
    Column("loss", "Loss", "number", 4),
    Column("delta", "Δ top-1", "number"),
    Column("error", "±", "number", 8),
    *[Column(name, f"BitOps {name}", "count", {"weight": 9, "product": 7}.get(name, 2)) for name in CONVENTIONS],
    Column("weight_bytes", "Weight bytes", "count", 3),
)


def page(measured: Sequence[Evaluated], notes: Sequence[str] = ()) -> Page:
    """Return a page with ``measured`` as a table, the formulas of its BitOps, and ``notes``."""
    table = Table(_COLUMNS, tuple(map(_row, evaluation_rows(measured))))
    if all(row[5] is None for row in table.rows):
        table = table.without(("delta", "error"))
    formulas = [f"BitOps {name}: {convention.formula}" for name, convention in CONVENTIONS.items()]
    return Page((), (Section("", table, (*formulas, *notes), rounded=True),), None)


def render(measured: Sequence[Evaluated], format_name: str) -> str:
    """Return ``measured`` as text in the format ``json`` or ``csv``."""
    if format_name == "json":
        return json.dumps({"schema": SCHEMA, "configurations": evaluation_rows(measured)}, indent=2) + "\n"
    return _csv(measured)


def evaluation_rows(measured: Sequence[Evaluated]) -> list[dict[str, Any]]:
    """Return a dict for each configuration: accuracies in per cent, differences from fp32 in points, loss in nats."""
    baseline = next((each for each in measured if each.bits == BASELINE), None)
    return [
        {
            "bits": each.bits,
            "widths": each.widths,
            "top1": each.score.top1,
            "top5": each.score.top5,
            "loss": each.score.loss,
            "images": each.score.images,
            "skipped": len(each.skipped),
            "delta_top1": None if baseline is None else each.score.top1 - baseline.score.top1,
            "delta_top1_standard_error": None if baseline is None else standard_error(each, baseline),
            "bitops": each.bitops,
            "weight_bytes": each.weight_bytes,
        }
        for each in measured
    ]


def standard_error(each: Evaluated, baseline: Evaluated) -> float | None:
    """Return the standard error of the difference in top-1, in points; None if the numbers of images differ.

    √(lost + gained − (gained − lost)² / n) / n, where n images are the same in both, so the differences are paired
    (McNemar). ``gained`` and ``lost`` count the images on which only one of the two is right.
    """
    n = each.score.images
    if n != baseline.score.images:
        return None
    pairs = list(zip(each.score.hits, baseline.score.hits, strict=True))
    gained, lost = pairs.count((True, False)), pairs.count((False, True))
    return 100 * math.sqrt(gained + lost - (gained - lost) ** 2 / n) / n


def _row(row: dict[str, Any]) -> tuple[Any, ...]:
    error, delta = row["delta_top1_standard_error"], row["delta_top1"]
    is_baseline = row["bits"] == BASELINE
    return (
        row["bits"],
        row["widths"],
        f"{row['top1']:.1f}",
        f"{row['top5']:.1f}",
        f"{row['loss']:.3f}",
        None if delta is None or is_baseline else f"{delta:+.1f}".replace("-", "−"),
        None if error is None or is_baseline else f"{error:.1f}",
        *[row["bitops"][name] for name in CONVENTIONS],
        row["weight_bytes"],
    )


def _csv(measured: Sequence[Evaluated]) -> str:
    text = io.StringIO()
    flat = [
        {f"bitops_{name}": row["bitops"][name] for name in CONVENTIONS}
        | {k: v for k, v in row.items() if k != "bitops"}
        for row in evaluation_rows(measured)
    ]
    keys = [*[key for key in flat[0] if not key.startswith("bitops_")], *[f"bitops_{name}" for name in CONVENTIONS]]
    writer = csv.DictWriter(text, keys, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return text.getvalue()
