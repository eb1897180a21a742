"""The numbers of a network as a lock stores them: totals by name, and one row for each layer."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from calc.analysis import Analysis
from calc.errors import Place
from calc.frozen import FrozenDict
from calc.model.graph import Node
from calc.ops.base import Op
from calc.ops.base.experts import Routing
from calc.quantities import ELEMENTWISE, at_least, quantities

Sizes = tuple[int, ...]

TOKENS = "tokens"
"""The mark with the number of tokens of a sample that a layer runs for in all experts together."""
FUSED = "fused"
"""The mark of a layer that has no tensor of its own."""
MARKS = ("training_only", "resting", "shares", "experts", TOKENS, FUSED)
"""The keys among the fields of a row that are not fields of its op."""


class LockedLayer(NamedTuple):
    """One layer. ``fields`` are those of the op that differ from their defaults, with the MARKS of the layer.

    A layer in experts has ``experts``, which are the number of experts and of those that a token runs, and ``tokens``.
    ``bits`` has one entry for each policy, and none for a layer without MACs.
    """

    name: str
    op: str
    fields: Mapping[str, Any]
    inputs: tuple[str, ...]
    shape: Sizes
    params: int = 0
    buffers: int = 0
    macs: int = 0
    effective_macs: int = 0
    bits: tuple[str, ...] = ()


class Snapshot(NamedTuple):
    """The numbers of a network at some policies. ``inputs`` has the sizes of one sample of each input.

    ``bases`` are the files that the spec extends or uses by a name without an ending, as paths from the folder of the
    lock. ``outputs`` are the layers of several outputs. ``at_least`` are the quantities that are lower bounds, without
    policies. ``versions`` are those of the packages that a source was imported with, by name. ``unlimited`` are layers
    without a sliding window although the whole context is written as one; it is None if this is not known.
    """

    model: str
    inputs: Mapping[str, Sizes]
    policies: tuple[str, ...]
    quantities: dict[str, int]
    layers: tuple[LockedLayer, ...]
    bases: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    at_least: tuple[str, ...] = ()
    versions: Mapping[str, str] = FrozenDict()
    unlimited: frozenset[str] | None = None

    def is_at_least(self, quantity: str) -> bool:
        """Return True if the value of ``quantity`` is a lower bound."""
        base = quantity.partition("@")[0]
        return base in self.at_least or base.partition(".")[0] in self.at_least

    @property
    def shapes_hash(self) -> str:
        """A hash of the name and the output shape of every layer, in order."""
        text = "\n".join([f"{row.name} {'x'.join(map(str, row.shape))}" for row in self.layers])
        return "sha256:" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def snapshot(analyses: Sequence[Analysis], policies: Sequence[str], base: Path = Path()) -> Snapshot:
    """Return the snapshot of one network for a lock in ``base``. ``analyses`` are of one graph, one for each policy."""
    first = analyses[0]
    graph, counts = first.graph, first.counts
    nodes = graph.nodes
    written: dict[int, dict[str, Any]] = {}
    rows = []
    for index in range(len(graph.inputs), len(nodes)):
        node, row = nodes[index], counts[index]
        fields = written.get(id(node.op))
        if fields is None:
            fields = written[id(node.op)] = _written(node.op)
        bits = [analysis.assigned[index] for analysis in analyses]
        rows.append(
            LockedLayer(
                node.name,
                node.op.word,
                _marked(fields, node, nodes),
                tuple([nodes[source].name for source in node.inputs]),
                node.shape.sizes,
                row.params,
                row.buffers,
                row.macs,
                row.effective_macs,
                tuple([str(given.bits) for given in bits if given is not None]),
            )
        )
    named = tuple([each.portable(base) for each in analyses[0].bases])
    totals = _totals(analyses, policies)
    # names of existing layers, because a deployed network keeps the name of an output whose layer was removed
    outputs = tuple([nodes[index].name for index in graph.outputs.values()]) if len(graph.outputs) > 1 else ()
    bounds = at_least(locked_names(first.has_experts), first.unknown)
    ends = graph.input_sizes, tuple(policies), totals, tuple(rows), named, outputs
    return Snapshot(graph.model, *ends, bounds, first.provenance.versions)


def locked_names(has_experts: bool = True) -> tuple[str, ...]:
    """Return the quantities of a lock without their policies. A family of quantities has one name."""
    names = [each.family or each.name for each in quantities("lock", has_experts)]
    return tuple(dict.fromkeys([*names, ELEMENTWISE.rstrip(".")]))


def places(analysis: Analysis) -> dict[str, Place]:
    """Return the place of each layer, by its name."""
    return {node.name: node.origin for node in analysis.graph.nodes if isinstance(node.origin, Place)}


def _totals(analyses: Sequence[Analysis], policies: Sequence[str]) -> dict[str, int]:
    first = analyses[0].totals
    locked = quantities("lock", analyses[0].has_experts, analyses[0].has_state)
    found = {each.name: each.integer(first) for each in locked if not each.at_bits}
    found |= {f"{ELEMENTWISE}{kind}": n for kind, n in sorted(first.elementwise.items())}
    for analysis, policy in zip(analyses, policies, strict=True):
        found |= {f"{each.name}@{policy}": each.integer(analysis.totals) for each in locked if each.at_bits}
    return found


def _written(op: Op) -> dict[str, Any]:
    known = op.fields()
    return {key: value for key, value in op.values().items() if value != known[key].default}


def _marked(fields: dict[str, Any], node: Node, nodes: Sequence[Node]) -> dict[str, Any]:
    marks: dict[str, Any] = {"resting" if node.resting else "training_only": True} if node.training_only else {}
    if node.shares is not None:
        marks["shares"] = nodes[node.shares].name
    if node.experts is not None:
        if not isinstance(node.op, Routing):
            marks["experts"] = (node.experts.copies, node.experts.active)
        marks[TOKENS] = node.runs(1)
    if node.fused:
        marks[FUSED] = True
    return fields | marks if marks else fields
