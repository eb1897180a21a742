"""A policy whose bits are variables: two for each layer with MACs, one for its weights and one for its activations."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from calc.counts import Counts
from calc.model.graph import Bits, Graph
from calc.precision import Assigned, Assignment

WEIGHTS, ACTIVATIONS = "w ", "a "
"""The prefixes of the names of variables, before the name of the layer. No param has a space in its name."""


class ChosenBits(NamedTuple):
    """A policy that gives every layer with MACs the bits that ``variable`` returns for the name of a variable."""

    variable: Callable[[str], Any]
    name: str = "chosen"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        return tuple(
            [
                Assigned(self._bits(node.name), "chosen") if row.products else None
                for node, row in zip(graph.nodes, counts, strict=True)
            ]
        )

    def _bits(self, layer: str) -> Bits:
        return Bits(self.variable(WEIGHTS + layer), self.variable(ACTIVATIONS + layer))
