"""The page of ``calc fit``: a small table of contexts, and the largest that fits."""

from typing import Any

from calc.analysis import Analysis
from calc.fitting import ContextBytes, Contexts
from calc.model.graph import Graph
from calc.report.line import Line
from calc.report.pages import Page, Section
from calc.report.serving import of_device
from calc.report.summary import stores
from calc.report.table import Column, Table
from calc.report.units import exact, short_bytes

COLUMNS = (
    Column("context", "Context", "count"),
    Column("weight_bytes", "Weights", "count"),
    Column("kv_bytes", "KV cache", "count"),
    Column("activation_bytes", "Activations", "count", 2),
    Column("bytes", "Bytes", "count"),
    Column("left_bytes", "Left", "count", 1),
    Column("fits", "Fits", "text"),
    Column("bound_seconds", "Step at least", "seconds", 5),
)
_NOTES = (
    "these are the bytes of a decode step, without the code and the work space of a runtime",
    "activations are planned by liveness, and scores of attention are not kept",
)


_BOUND = "Step at least: a lower bound of the time, not a prediction; weights and cache are read once, or all MACs run"


def fit_page(found: Contexts, analysis: Analysis) -> Page:
    """Return the page. ``analysis`` is the network at any of the contexts, for the lines at the top."""
    rows = tuple([_row(row, found.memory_bytes) for row in found.rows])
    table = Table(COLUMNS, rows)
    largest = "none" if found.largest is None else exact(found.largest.context)
    padding = "exact, no padding" if analysis.runtime is None else _padding(analysis.runtime, analysis.graph)
    lines = (
        Line("model", analysis.graph.model, analysis.graph.spec),
        Line("bits", analysis.policy),
        stores(analysis),
        Line("KV cache", analysis.runtime or "as kept", padding),
        *of_device(analysis)[:1],
        Line("memory", exact(found.memory_bytes), short_bytes(found.memory_bytes)),
        Line("largest context", largest, _of_which(found)),
    )
    latents = "" if analysis.bound is None else "; latents of past tokens not expanded" * analysis.bound.absorbs
    notes = (*_NOTES, *([f"{_BOUND}{latents}"] if analysis.bound else []))
    data = {
        "schema": "calc.fit/1",
        "model": analysis.graph.model,
        "policy": analysis.policy,
        "batch": analysis.batch,
        **({} if analysis.runtime is None else {"runtime": analysis.runtime}),
        **({} if analysis.device is None else {"device": analysis.device.name}),
        "memory_bytes": found.memory_bytes,
        "largest_context": None if found.largest is None else found.largest.context,
        **({} if found.largest is not None else {"smaller_context": found.smaller and found.smaller.context}),
        "contexts": [_data(row, found.memory_bytes) for row in found.rows],
    }
    return Page(lines, (Section("", table if analysis.bound else table.without(["bound_seconds"]), notes),), data)


def _of_which(found: Contexts) -> str:
    """Return the range of contexts that were tried, or the smaller context that fits if none of them does."""
    if found.largest is not None:
        return f"of those up to {exact(found.rows[-1].context)}"
    smaller = "no smaller one fits" if found.smaller is None else f"{exact(found.smaller.context)} fits"
    return f"from {exact(found.least)} on; {smaller}"


def _padding(name: str, graph: Graph) -> str:
    from calc.serving.runtimes import padding_of, runtime_named

    return padding_of(runtime_named(name), graph)


def _row(row: ContextBytes, memory_bytes: int) -> tuple[Any, ...]:
    *taken, seconds = row
    return (*taken, row.bytes, memory_bytes - row.bytes, _yes(row.bytes <= memory_bytes), seconds)


def _data(row: ContextBytes, memory_bytes: int) -> dict[str, Any]:
    data = row._asdict() | {"bytes": row.bytes, "fits": row.bytes <= memory_bytes}
    seconds = data.pop("bound_seconds")
    return data if seconds is None else data | {"bound_seconds": float(seconds)}


def _yes(fits: bool) -> str:
    return "yes" if fits else "no"
