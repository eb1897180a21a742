"""The policy ``spec``, which uses the bits that are written on the layers of the spec."""

from collections.abc import Mapping, Sequence

from calc.counts import Counts
from calc.errors import Problem, SpecError
from calc.formats import Format
from calc.model.graph import Bits, Graph, Node
from calc.precision.base import Assigned, Assignment

_UNWRITTEN = Assigned(Bits(32, 32), "not written: 32")


class SpecBits:
    """Gives each layer the ``bits:`` that the spec has for it, and 32 bits to layers without."""

    name = "spec"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        """Return the bits of each node. Raises SpecError for a spec that writes no bits at all."""
        rows = zip(graph.nodes, counts, strict=True)
        written = any((row.products and (node.bits or node.part_formats)) or node.held_format for node, row in rows)
        if not written and any(row.products for row in counts):
            fact = f"--bits spec: no layer of {graph.model} with MACs has bits written on it"
            raise SpecError([Problem(None, fact, "write bits: on layers, or choose another policy")])
        return tuple([_written(node) if row.products else None for node, row in zip(graph.nodes, counts, strict=True)])

    def held_formats(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
        """Return the formats that are written on layers without MACs that hold tensors."""
        return {index: node.held_format for index, node in enumerate(graph.nodes) if node.held_format is not None}


def _written(node: Node) -> Assigned:
    given = Assigned(node.bits, "spec", is_written=True) if node.bits else _UNWRITTEN
    if not node.part_formats:
        return given
    parts = ", ".join([f"{name} {part.name}" for name, part in node.part_formats.items()])
    return Assigned(given.bits, f"{given.rule}; {parts}", node.part_formats, is_written=True)
