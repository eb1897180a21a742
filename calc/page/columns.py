"""What the page knows of each layer, and the totals that come of it."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from calc.analysis import Analysis
from calc.counts import Counts
from calc.layers import Layer
from calc.memory.liveness import live_bytes

Unit = Literal["", "elements", "MACs", "bit operations", "bits", "bytes"]
How = Literal["sum", "bytes", "most"]
"""How a total comes of its column: added up, added up as bits and rounded up to whole bytes once, or the largest."""


class Row(NamedTuple):
    """A layer, and what stands beside it: its counts, the bits that it moves and keeps, the memory while it runs."""

    layer: Layer
    counts: Counts
    moved_bits: Any
    kept_bits: Any
    kept_bits_per_token: Any
    live_bytes: Any


class LayerColumn(NamedTuple):
    """One number of each layer, as the engine has it."""

    name: str
    title: str
    unit: Unit
    of: Callable[[Row], Any]


class Total(NamedTuple):
    """A quantity of the registry, from the column ``of``."""

    name: str
    title: str
    of: str
    how: How = "sum"


COLUMNS = (
    LayerColumn("params", "Params", "elements", lambda row: row.layer.params),
    LayerColumn("active_params", "Active", "elements", lambda row: row.layer.active_params),
    LayerColumn("macs", "MACs", "MACs", lambda row: row.layer.macs),
    LayerColumn("causal_macs", "Causal MACs", "MACs", lambda row: row.counts.macs - row.counts.masked_macs),
    LayerColumn("effective_macs", "Eff. MACs", "MACs", lambda row: row.layer.effective_macs),
    LayerColumn("bitops.weight", "BitOps", "bit operations", lambda row: row.layer.bitops["weight"]),
    LayerColumn("bitops.product", "BitOps", "bit operations", lambda row: row.layer.bitops["product"]),
    LayerColumn("weight_bits", "Weight bits", "bits", lambda row: row.layer.weight_bits_total),
    LayerColumn("output_elements", "Elements", "elements", lambda row: row.layer.output_elements),
    LayerColumn("live_bytes", "Memory", "bytes", lambda row: row.live_bytes),
    LayerColumn("moved_bits", "Moved bits", "bits", lambda row: row.moved_bits),
    LayerColumn("kv_bits", "Kept bits", "bits", lambda row: row.kept_bits),
    LayerColumn("kv_bits_per_token", "Kept/token", "bits", lambda row: row.kept_bits_per_token),
)
TOTALS = (
    Total("params", "Parameters", "params"),
    Total("active_params", "Active parameters", "active_params"),
    Total("macs", "MACs", "macs"),
    Total("causal_macs", "Causal MACs", "causal_macs"),
    Total("effective_macs", "MACs without padding", "effective_macs"),
    Total("bitops.weight", "BitOps, MACs × weight bits", "bitops.weight"),
    Total("bitops.product", "BitOps, MACs × weight × activation bits", "bitops.product"),
    Total("weight_bytes", "Weights", "weight_bits", "bytes"),
    Total("peak_activation_bytes", "Peak activation memory", "live_bytes", "most"),
    Total("activation_elements", "Activation elements", "output_elements"),
    Total("bytes_moved", "Bytes moved", "moved_bits", "bytes"),
    Total("kv_bytes", "Keys and values kept", "kv_bits", "bytes"),
    Total("kv_bytes_per_token", "Kept for each token", "kv_bits_per_token", "bytes"),
)


def page_rows(analysis: Analysis) -> list[Row]:
    """The layers of ``analysis`` with what stands beside them."""
    inputs = len(analysis.graph.inputs)
    kept: dict[int, tuple[Any, Any]] = {}
    for state in analysis.states:
        bits, of_token = kept.get(state.node, (0, 0))
        kept[state.node] = bits + state.bits, of_token + state.bits_per_token
    live = live_bytes(analysis.workload.lifetimes, analysis.storage_bytes)
    return [
        Row(layer, analysis.counts[index], analysis.moved[index].bits, *kept.get(index, (0, 0)), live[index])
        for index, layer in enumerate(analysis.layers, inputs)
    ]
