"""A policy whose bits are variables: one for the weights and one for the activations of each layer with MACs."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from calc.counts import Counts
from calc.model.graph import Bits, Graph
from calc.precision import Assigned, Assignment

WEIGHTS, ACTIVATIONS = "w ", "a "
"""What the names of variables begin with; a layer's name follows. No param has a space in its name."""


class ChosenBits(NamedTuple):
    """Every layer at the bits that ``variable`` makes for it, given the name of a variable."""

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
