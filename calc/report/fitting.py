"""``calc fit``: a small table of contexts, and the largest that fits."""

from calc.analysis import Analysis
from calc.fitting import Contexts
from calc.report.pages import Page, Section
from calc.report.summary import Line, stores
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
)
_NOTES = (
    "a decode step; without a runtime's own code and work space of kernels",
    "activations as liveness has them, scores of attention not kept",
)


def fit_page(found: Contexts, analysis: Analysis) -> Page:
    """``analysis``: the network at any of the contexts, for what is said on top."""
    rows = tuple(
        [(*row, row.bytes, found.memory_bytes - row.bytes, _yes(row.bytes <= found.memory_bytes)) for row in found.rows]
    )
    largest = "none" if found.largest is None else exact(found.largest.context)
    padding = "exact, no padding" if analysis.runtime is None else _padding(analysis.runtime)
    lines = (
        Line("model", analysis.graph.model, analysis.graph.spec),
        Line("bits", analysis.policy),
        stores(analysis),
        Line("KV cache", analysis.runtime or "as kept", padding),
        Line("memory", exact(found.memory_bytes), short_bytes(found.memory_bytes)),
        Line("largest context", largest, f"of those up to {exact(found.rows[-1].context)}"),
    )
    data = {
        "schema": "calc.fit/1",
        "model": analysis.graph.model,
        "policy": analysis.policy,
        "batch": analysis.batch,
        **({} if analysis.runtime is None else {"runtime": analysis.runtime}),
        "memory_bytes": found.memory_bytes,
        "largest_context": None if found.largest is None else found.largest.context,
        "contexts": [
            {**row._asdict(), "bytes": row.bytes, "fits": row.bytes <= found.memory_bytes} for row in found.rows
        ],
    }
    return Page(lines, (Section("", Table(COLUMNS, rows), _NOTES),), data)


def _padding(name: str) -> str:
    from calc.serving.runtimes import runtime_named

    return runtime_named(name).padding


def _yes(fits: bool) -> str:
    return "yes" if fits else "no"
