"""Configurations as a table with bars, and as one CSV file each."""

import re
from collections.abc import Sequence
from pathlib import Path

from calc.bitops import CONVENTIONS, FORMULAS
from calc.compare import Configuration
from calc.report import csv_text
from calc.report.pages import Bars, Page, Section
from calc.report.rows import View
from calc.report.summary import Line, header
from calc.report.table import Column, Table

_BITOPS = tuple([Column(f"bitops_{name}", f"BitOps {name}", "count") for name in CONVENTIONS])
_RATIO = "ratio_fp32"
_COLUMNS = (
    Column("label", "Configuration", "text"),
    Column("macs", "MACs", "count", 4),
    *[column._replace(importance=2) for column in _BITOPS],
    Column("bitops_ratio_fp32", "× fp32", "number", 7),
    Column("bitops_ratio_first", "× first", "number", 6),
    Column("weight_bytes", "Weight bytes", "count", 8),
    Column("bytes_ratio_fp32", "× fp32", "number", 5),
)


def page(found: Sequence[Configuration]) -> Page:
    """One row a configuration. The ratios are those of the BitOps that the analyses show first, and of the bytes."""
    convention = found[0].analysis.bitops_convention
    columns = tuple(
        [column._replace(importance=9) if column.key == f"bitops_{convention}" else column for column in _COLUMNS]
    )
    rows = [_row(configuration, found[0]) for configuration in found]
    title = f"BitOps ({FORMULAS[convention]})"
    bars = Bars(title, tuple([one.label for one in found]), tuple([one.bitops for one in found]))
    lines = _lines(found)
    data = {
        "schema": "calc.compare/1",
        "bitops_convention": convention,
        "activations": found[0].analysis.activations,
        "batch": found[0].analysis.batch,
        "configurations": [
            {
                "model": one.analysis.graph.model,
                "spec": one.analysis.graph.spec,
                "input": list(one.analysis.graph.input.sizes),
                "policy": one.analysis.policy,
            }
            | {column.key: value for column, value in zip(columns, _row(one, found[0], as_text=False), strict=True)}
            for one in found
        ],
    }
    notes = (f"× fp32 and × first: of BitOps {convention}, and of the weight bytes",)
    return Page(lines, (Section("", Table(columns, tuple(rows)), notes, bars),), data)


def write_csv(found: Sequence[Configuration], folder: Path) -> list[Path]:
    """One CSV file a configuration into ``folder``, with every layer. The paths in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for one in found:
        name = re.sub(r"[^A-Za-z0-9]+", "_", f"{one.analysis.graph.model}_{one.analysis.policy}").strip("_").lower()
        path = folder / f"{name}.csv"
        path.write_text(csv_text.render(one.analysis, View(all_layers=True)), encoding="utf-8")
        paths.append(path)
    return paths


def _row(one: Configuration, first: Configuration, as_text: bool = True) -> tuple[object, ...]:
    totals = one.analysis.totals
    ratios = [
        _ratio(one.bitops, one.bitops_fp32, as_text),
        _ratio(one.bitops, first.bitops, as_text),
        _ratio(totals.weight_bytes, totals.weight_bytes_fp32, as_text),
    ]
    bitops = [totals.bitops[name] for name in CONVENTIONS]
    return (one.label, totals.macs, *bitops, *ratios[:2], totals.weight_bytes, ratios[2])


def _ratio(value: int | float, whole: int | float, as_text: bool) -> str | float | None:
    if not whole:
        return None
    return f"{value / whole:.4f}" if as_text else value / whole


def _lines(found: Sequence[Configuration]) -> tuple[Line, ...]:
    kept = ("activations", "BitOps") if len({one.analysis.graph.model for one in found}) > 1 else None
    lines = [line for line in header(found[0].analysis) if line.label != "bits"]
    return tuple([line for line in lines if kept is None or line.label in kept])
