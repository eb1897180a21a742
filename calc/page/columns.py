"""The numbers that the page has for each layer, and the totals computed from them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from calc.analysis import Analysis
from calc.bitops import CONVENTIONS
from calc.conventions import Counted, convention
from calc.counts import Counts
from calc.layers import Layer
from calc.memory.liveness import live_bytes
from calc.quantities import quantities, title_of

How = Literal["sum", "bytes", "most"]
"""The way from a column to its total: the sum, the sum in bits rounded up once to bytes, or the maximum."""
BITOPS, COUNTED, PRINTED = "bitops.", "counted.", "printed."
"""The prefixes of columns under a convention, whose name follows. The third is for the number that a tool prints, with
what it adds or leaves out by mistake."""


class Row(NamedTuple):
    """A layer with its counts, the bits that it moves and keeps, and the memory in use while it runs.

    ``counted`` has, for each counter, the value under its convention and the value that its tool prints.
    """

    layer: Layer
    counts: Counts
    moved_bits: Any
    kept_bits: Any
    kept_bits_per_token: Any
    live_bytes: Any
    counted: Mapping[str, tuple[Any, Any]]


class LayerColumn(NamedTuple):
    """A number of each layer. ``at_bits`` says that it depends on the policy, ``double`` that it is not an integer."""

    name: str
    title: str
    unit: str
    of: Callable[[Row], Any]
    at_bits: bool = False
    double: bool = False


class Total(NamedTuple):
    """The total of a column. ``meaning`` explains it in words."""

    name: str
    title: str
    unit: str
    of: str
    meaning: str
    how: How = "sum"


def columns(counters: Sequence[str]) -> tuple[LayerColumn, ...]:
    """Return the columns of a page that also offers ``counters``."""
    return (
        LayerColumn("params", "Params", "elements", lambda row: row.layer.params),
        LayerColumn("active_params", "Active", "elements", lambda row: row.layer.active_params),
        LayerColumn("macs", "MACs", "MACs", lambda row: row.layer.macs),
        LayerColumn("causal_macs", "Causal MACs", "MACs", lambda row: row.counts.macs - row.counts.masked_macs),
        LayerColumn("effective_macs", "Eff. MACs", "MACs", lambda row: row.layer.effective_macs),
        *[each for name in counters for each in _of_counter(name)],
        *[_of_bitops(name) for name in CONVENTIONS],
        LayerColumn("weight_bits", "Weight bits", "bits", lambda row: row.layer.weight_bits_total, at_bits=True),
        LayerColumn("output_elements", "Elements", "elements", lambda row: row.layer.output_elements),
        LayerColumn("live_bytes", "Memory", "bytes", lambda row: row.live_bytes, at_bits=True),
        LayerColumn("moved_bits", "Moved bits", "bits", lambda row: row.moved_bits, at_bits=True),
        LayerColumn("kv_bits", "Kept bits", "bits", lambda row: row.kept_bits, at_bits=True),
        LayerColumn("kv_bits_per_token", "Kept/token", "bits", lambda row: row.kept_bits_per_token, at_bits=True),
    )


def _of_counter(name: str) -> tuple[LayerColumn, ...]:
    found = convention(name)
    own = LayerColumn(COUNTED + name, name, found.unit, lambda row: row.counted[name][0])
    if not found.faults:
        return (own,)
    return own, LayerColumn(PRINTED + name, f"{name} prints", found.unit, lambda row: row.counted[name][1])


def _of_bitops(name: str) -> LayerColumn:
    double = CONVENTIONS[name].accumulator
    return LayerColumn(
        BITOPS + name, "BitOps", "bit operations", lambda row: row.layer.bitops[name], at_bits=True, double=double
    )


_TOTALS: tuple[tuple[str, str, How], ...] = (
    ("params", "params", "sum"),
    ("active_params", "active_params", "sum"),
    ("macs", "macs", "sum"),
    ("causal_macs", "causal_macs", "sum"),
    ("effective_macs", "effective_macs", "sum"),
    *[(BITOPS + name, BITOPS + name, "sum") for name in CONVENTIONS],
    ("weight_bytes", "weight_bits", "bytes"),
    ("peak_activation_bytes", "live_bytes", "most"),
    ("activation_elements", "output_elements", "sum"),
    ("bytes_moved", "moved_bits", "bytes"),
    ("kv_bytes", "kv_bits", "bytes"),
    ("kv_bytes_per_token", "kv_bits_per_token", "bytes"),
)
"""The name, the column and the way of computation of each total."""
_MEANT = {"weight_bytes": "weight_bits_total"}
"""Quantities in bytes whose meaning is described under the quantity in bits."""


def page_totals(found: Sequence[LayerColumn]) -> tuple[Total, ...]:
    """Return the totals of the columns ``found``: the quantities of the engine, then those of counters."""
    registry = {each.name: each for each in quantities()}
    names = {column.name for column in found}
    meanings = {name: registry[_MEANT.get(name, name)].meaning.replace("`", "") for name, _, _ in _TOTALS}
    own = [
        Total(name, title_of(name), registry[name].unit, of, meanings[name], how)
        for name, of, how in _TOTALS
        if of in names
    ]
    counted = [_counted_total(column) for column in found if column.name.startswith((COUNTED, PRINTED))]
    return (*own, *counted)


def _counted_total(column: LayerColumn) -> Total:
    name = column.name.partition(".")[2]
    is_counted = column.name.startswith(COUNTED)
    title = f"counted as {name}" if is_counted else f"{name} prints"
    more = "" if is_counted else ", with what it adds or drops by mistake"
    return Total(column.name, title, column.unit, column.name, f"{convention(name).title}{more}")


def page_rows(analysis: Analysis, counted: Mapping[str, Counted]) -> list[Row]:
    """Return the layers of ``analysis`` with their numbers.

    ``counted`` has the network's counts by the name of the counter.
    """
    inputs = len(analysis.graph.inputs)
    live = live_bytes(analysis.workload.lifetimes, analysis.storage_bytes)
    under = [(name, each.rows, each.fault_rows) for name, each in counted.items()]
    rows = [
        Row(
            layer, analysis.counts[index], 0, 0, 0, live[index],
            {name: (rows[index], rows[index] + faults[index]) for name, rows, faults in under},
        )
        for index, layer in enumerate(analysis.layers, inputs)
    ]  # fmt: skip
    return with_kept(rows, analysis)


def with_kept(rows: Sequence[Row], analysis: Analysis) -> list[Row]:
    """Return ``rows`` with the states that ``analysis`` keeps, in its formats. All other bits are the same."""
    inputs = len(analysis.graph.inputs)
    kept: dict[int, tuple[Any, Any]] = {}
    for state in analysis.states:
        bits, of_token = kept.get(state.node, (0, 0))
        kept[state.node] = bits + state.bits, of_token + state.bits_per_token
    found = []
    for index, row in enumerate(rows, inputs):
        bits, of_token = kept.get(index, (0, 0))
        moved = analysis.moved[index].bits
        found.append(row._replace(moved_bits=moved, kept_bits=bits, kept_bits_per_token=of_token))
    return found
