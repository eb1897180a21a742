"""Writes sensitivities as a table of layers by widths, as CSV and JSON, and as a heat map."""

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import Any

from calc.report.pages import Page, Section
from calc.report.table import Column, Table
from verify.plot import picture
from verify.sensitivity.measure import MEASURES, Sensitivity

SCHEMA = "calc.sensitivity/1"
TITLES = {
    "sqnr_db": "weight SQNR, dB",
    "weight_error": "Σ (w − q)²",
    "output_error": "output error, relative",
    "loss_increase": "loss increase, nats",
    "hessian_trace": "Hessian trace",
    "hessian_error": "mean Hessian trace × Σ (w − q)²",
}


def measured(rows: Sequence[Sensitivity]) -> list[str]:
    """Return the names of the measures that ``rows`` have."""
    return [name for name in MEASURES if any(getattr(row, name) is not None for row in rows)]


def to_csv(rows: Sequence[Sensitivity]) -> str:
    """Return the rows as CSV: ``layer,bits,weights`` and the measures. An empty SQNR means no error."""
    text = io.StringIO()
    keys = ["layer", "bits", "weights", *measured(rows)]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([["" if (v := getattr(row, key)) is None else v for key in keys] for row in rows])
    return text.getvalue()


def to_json(rows: Sequence[Sensitivity], facts: dict[str, Any]) -> str:
    """Return the rows as JSON under ``layers``, after ``facts``."""
    keys = ["layer", "bits", "weights", *measured(rows)]
    layers = [{key: getattr(row, key) for key in keys} for row in rows]
    return json.dumps({"schema": SCHEMA} | facts | {"layers": layers}, indent=2) + "\n"


def page(rows: Sequence[Sensitivity], measure: str) -> Page:
    """Return a page with one measure: a line for each layer, a column for each width."""
    layers, widths = _axes(rows)
    values = {(row.layer, row.bits): getattr(row, measure) for row in rows}
    columns = [Column("layer", "Layer", "text"), Column("weights", "Weights", "count", 0)]
    columns += [Column(str(bits), f"{bits} bit", "number", bits) for bits in widths]
    weights = {row.layer: row.weights for row in rows}
    cells = [(layer, weights[layer], *[_text(values[layer, bits], measure) for bits in widths]) for layer in layers]
    others = [name for name in measured(rows) if name != measure]
    notes = [f"{measure}: {TITLES[measure]}"]
    notes += [f"also measured: {', '.join(others)} (--measure shows one, --format csv all)"] if others else []
    return Page((), (Section("", Table(tuple(columns), tuple(cells)), tuple(notes), rounded=True),), None)


def heat_map(rows: Sequence[Sensitivity], measure: str, path: str, title: str) -> None:
    """Draw one measure over layers and widths, on a logarithmic scale unless it is in dB or not always positive."""
    layers, widths = _axes(rows)
    values = {(row.layer, row.bits): getattr(row, measure) for row in rows}
    logarithmic = measure != "sqnr_db" and all(value > 0 for value in values.values())
    grid = [[values[layer, bits] for layer in layers] for bits in widths]
    shown = [[math.nan if v is None else math.log10(v) if logarithmic else v for v in line] for line in grid]
    with picture(path, max(6.0, 0.21 * len(layers) + 2), 0.3 * len(widths) + 2.6) as axes:
        # dark always means more error
        image = axes.imshow(
            shown, aspect="auto", cmap="viridis" if measure == "sqnr_db" else "viridis_r", origin="lower"
        )
        axes.set_xticks(range(len(layers)), layers, rotation=90, fontsize=8)
        axes.set_yticks(range(len(widths)), [f"{bits} bit" for bits in widths])
        axes.set_title(title, loc="left", fontsize=10)
        label = f"log10 of {TITLES[measure]}" if logarithmic else TITLES[measure]
        axes.figure.colorbar(image, ax=axes, pad=0.01).set_label(label, fontsize=8)


def _axes(rows: Sequence[Sensitivity]) -> tuple[list[str], list[int]]:
    return list(dict.fromkeys(row.layer for row in rows)), sorted({row.bits for row in rows})


def _text(value: float | None, measure: str) -> str:
    if value is None:
        return "exact" if measure == "sqnr_db" else "–"
    return f"{value:.1f}" if measure == "sqnr_db" else f"{value:.2e}".replace("-", "−")
