"""A policy whose bits are variables: one for the weights and one for the activations of each layer with MACs."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from calc.counts import Counts
from calc.model.graph import Bits, Graph
from calc.precision import Assigned, Assignment
from calc.precision.base import is_quantised

WEIGHTS, ACTIVATIONS = "w ", "a "
"""What the names of variables begin with; a layer's name follows. No param has a space in its name."""


class ChosenBits(NamedTuple):
    """Every layer at the bits that ``variable`` makes for it, given the name of a variable."""

    variable: Callable[[str], Any]
    name: str = "chosen"

    def assign(self, graph: Graph, counts: Sequence[Counts]) -> Assignment:
        return tuple(
            [
                Assigned(self._bits(node.name, row), "chosen") if row.products else None
                for node, row in zip(graph.nodes, counts, strict=True)
            ]
        )

    def _bits(self, layer: str, counts: Counts) -> Bits:
        """A product of two activations has no weights, so their bits are those of its activations."""
        activations = self.variable(ACTIVATIONS + layer)
        return Bits(self.variable(WEIGHTS + layer) if is_quantised(counts) else activations, activations)
