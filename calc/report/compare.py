"""Configurations as a table with bars, and as one CSV file for each."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from calc import writing
from calc.analysis import Analysis
from calc.bitops import CONVENTIONS
from calc.configurations import Configuration
from calc.errors import OpError, printable
from calc.model.inputs import input_cell, input_text
from calc.quantities import at_least
from calc.report import csv_text
from calc.report.earlier import is_earlier
from calc.report.line import Line
from calc.report.pages import Bars, Page, Section
from calc.report.rows import View
from calc.report.summary import bits_each, header, stores
from calc.report.table import ALWAYS, Column, Table, bounded
from calc.serving.runtimes import padding_of, runtime_named

_INPUT = Column("input", "Input", "size", 3)
_LABEL = Column("label", "Configuration", "text")
_STATED = tuple(
    [
        Column(key, key, "text")
        for key in ("model", "spec", "input", "batch", "policy", "stores", "activations", "bitops_convention")
    ]
)
"""The columns that CSV has in every row. The other formats state their values above the table."""
_DEPLOYED = Column("deployed", "deployed", "text")


def _counts(found: Sequence[Configuration]) -> tuple[Column, ...]:
    runtime = found[0].analysis.runtime
    of_language = (
        Column("effective_bits", "Bits/weight", "number", 7),
        Column("kv_bytes", "KV bytes", "count", 5),
        *(() if runtime is None else (Column("kv_bytes_of_runtime", f"by {runtime}", "count", 6),)),
        Column("bytes_moved", "Bytes moved", "count", 7),
        Column("bytes_moved_per_token", "per token", "count", 8),
    )
    return (
        Column("macs", "MACs", "count", 4),
        *[Column(f"bitops_{name}", f"BitOps {name}", "count", 2) for name in CONVENTIONS],
        Column("bitops_ratio_fp32", "× fp32", "number", 7),
        Column("bitops_ratio_first", "× first", "number", 6),
        Column("weight_bytes", "Weight bytes", "count", 8),
        Column("bytes_ratio_fp32", "× fp32", "number", 5),
        *(of_language if _are_language(found) else ()),
        *((Column("bound_seconds", "At least", "seconds", 8),) if found[0].analysis.device else ()),
    )


def page(found: Sequence[Configuration]) -> Page:
    """Return a page with one row for each configuration.

    The ratios are those of the weight bytes and of BitOps in the definition that the analyses show first.
    """
    convention = found[0].analysis.bitops_convention
    counts = [c._replace(importance=ALWAYS) if c.key == f"bitops_{convention}" else c for c in _counts(found)]
    columns = (_LABEL, *([] if _one_input(found) else [_INPUT]), *counts)
    rows = [_row(one, found[0], as_text=True) for one in found]
    bars = Bars(
        f"BitOps ({CONVENTIONS[convention].formula})",
        tuple([one.label for one in found]),
        tuple([one.bitops for one in found]),
        tuple([one.is_at_least for one in found]),
    )
    stated = (*_STATED, *([_DEPLOYED] if found[0].analysis.deployment else []))
    data = {
        "schema": "calc.compare/1",
        "bitops_convention": convention,
        "activations": found[0].analysis.activations,
        "batch": found[0].analysis.batch,
        "configurations": [_data(one, found[0]) for one in found],
    }
    notes = [f"× fp32 and × first: of BitOps {convention}, and of the weight bytes"]
    if _are_language(found):
        notes.append("bytes moved: of the call; per token: these bytes divided by its new tokens")
        notes += _of_cache(found[0].analysis)
    if found[0].analysis.device:
        device = found[0].analysis.device.name
        notes.append(f"at least: the time of a call on {device}, as a lower bound and not as a prediction")
    if any(one.analysis.unknown for one in found):
        notes.append("≥: a lower bound, because some layers are not known completely (calc run names them)")
    section = Section("", _table(columns, rows, found), tuple(notes), bars)
    return Page(shared(found), (section,), data, _table((_LABEL, *stated, *_counts(found)), rows, found))


def _of_cache(analysis: Analysis) -> list[str]:
    """Return a note on the KV bytes if a format of keys and values or a runtime is chosen."""
    kept = "" if analysis.kv is None else f", kept in {analysis.kv.text}"
    if analysis.runtime is None:
        return [f"KV bytes: exact, no padding{kept}"] if kept else []
    runtime = runtime_named(analysis.runtime)
    return [f"KV bytes: exact, no padding{kept}; by {runtime.name}: {padding_of(runtime, analysis.graph)}"]


def shared(found: Sequence[Configuration]) -> tuple[Line, ...]:
    """Return the lines at the top, which state what all configurations share. The labels and columns say the rest."""
    lines = {line.label: line for line in header(found[0].analysis)}
    networks = len({one.network for one in found})
    if networks > 1:
        del lines["model"]
        lines.pop("not known", None)
        if len({one.analysis.call for one in found}) > 1:
            lines.pop("call", None)
        for label in ("bits", "deployed"):  # the note counts layers, which differs
            lines.update({label: lines[label]._replace(note="")} if label in lines else {})
    if not _one_input(found):
        lines["input"] = lines["input"]._replace(value="differs")
    if len(found) > networks:
        del lines["bits"]
    stored = {stores(one.analysis) for one in found}
    if len(stored) > 1:
        by_name: dict[str, dict[str, None]] = {}
        for one in found:
            by_name.setdefault(one.analysis.roles.name, {})[one.analysis.policy] = None
        said = "; ".join([f"{', '.join(policies)}: {name}" for name, policies in by_name.items()])
        lines["stores"] = Line("stores", *(by_name if len(by_name) == 1 else ("differs", printable(said))))
    return tuple(lines.values())


def write_csv(found: Sequence[Configuration], folder: Path) -> list[Path]:
    """Write one CSV file for each configuration into ``folder``, with every layer, and return the paths in order.

    Raises OpError without writing anything if one of the paths belongs to a file that is not such a report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    texts: list[str] = []
    for one in found:
        name = re.sub(r"[^A-Za-z0-9]+", "_", f"{one.network}_{one.analysis.policy}").strip("_").lower()
        path = folder / f"{name}.csv"
        while path in paths:  # names that differ only in other characters
            path = path.with_stem(f"{path.stem}_{len(paths) + 1}")
        if path.exists() and not (path.is_file() and is_earlier(path, "csv")):
            hint = "move it away, or name another folder"
            raise OpError(f"{path}: exists, and does not look like an earlier report (csv)", hint)
        paths.append(path)
        texts.append(csv_text.render(one.analysis, View(all_layers=True)))
    for path, text in zip(paths, texts, strict=True):
        writing.write(path, text.encode())
    return paths


def _table(columns: tuple[Column, ...], rows: Sequence[dict[str, Any]], found: Sequence[Configuration]) -> Table:
    keys = [column.key for column in columns]
    told = [
        bounded(keys, [row[key] for key in keys], one.analysis.unknown) for row, one in zip(rows, found, strict=True)
    ]
    return Table(columns, tuple(told))


def _row(one: Configuration, first: Configuration, as_text: bool) -> dict[str, Any]:
    """Return every value that any format shows of a configuration. The ratios are text with four decimals, or numbers.

    A lower bound has no ratio.
    """
    analysis, totals = one.analysis, one.analysis.totals
    bytes_are_known = "weight_bytes" not in analysis.at_least
    return {
        "model": analysis.graph.model,
        "spec": analysis.graph.spec,
        "input": input_cell(analysis.graph.input_sizes),
        "batch": analysis.batch,
        "policy": analysis.policy,
        "stores": analysis.roles.name,
        "activations": analysis.activations,
        "bitops_convention": analysis.bitops_convention,
        **({} if analysis.deployment is None else {"deployed": str(analysis.deployment)}),
        "label": one.label,
        "macs": totals.macs,
        **{f"bitops_{name}": totals.bitops[name] for name in CONVENTIONS},
        "bitops_ratio_fp32": None if one.is_at_least else _ratio(one.bitops, one.bitops_fp32, as_text),
        "bitops_ratio_first": None
        if one.is_at_least or first.is_at_least
        else _ratio(one.bitops, first.bitops, as_text),
        "weight_bytes": totals.weight_bytes,
        "bytes_ratio_fp32": _ratio(totals.weight_bytes, totals.weight_bytes_fp32, as_text) if bytes_are_known else None,
        **_of_language(analysis, as_text),
        **_of_device(analysis, as_text),
    }


def _of_device(analysis: Analysis, as_text: bool) -> dict[str, Any]:
    if analysis.bound is None:
        return {}
    seconds = analysis.bound.whole.most
    return {"bound_seconds": seconds if as_text else float(seconds)}


def _of_language(analysis: Analysis, as_text: bool) -> dict[str, Any]:
    """Return the values that only language models have: bits for each weight, the cache, and bytes moved."""
    totals, bits = analysis.totals, analysis.effective_bits.all
    tokens = 1 if analysis.call is None else analysis.call.tokens * analysis.batch
    return {
        "effective_bits": None if bits is None else bits_each(bits) if as_text else float(bits),
        "kv_bytes": totals.kv_bytes,
        **({} if analysis.runtime is None else {"kv_bytes_of_runtime": analysis.kv_bytes_of_runtime}),
        "bytes_moved": totals.bytes_moved,
        "bytes_moved_per_token": -(-totals.bytes_moved // tokens),
    }


def _are_language(found: Sequence[Configuration]) -> bool:
    return any(one.analysis.has_state for one in found)


def _data(one: Configuration, first: Configuration) -> dict[str, Any]:
    """Return the values of a configuration without those that all configurations share."""
    shared = ("batch", "activations", "bitops_convention")
    row = {key: value for key, value in _row(one, first, as_text=False).items() if key not in shared}
    if not one.analysis.has_state:
        row = {key: value for key, value in row.items() if key not in _of_language(one.analysis, as_text=False)}
    bounds = at_least(row, one.analysis.unknown)
    return row | ({"at_least": list(bounds)} if bounds else {})


def _ratio(value: int | float, whole: int | float, as_text: bool) -> str | float | None:
    if not whole:
        return None
    return f"{value / whole:.4f}" if as_text else value / whole


def _one_input(found: Sequence[Configuration]) -> bool:
    return len({input_text(one.analysis.graph.input_sizes) for one in found}) == 1
