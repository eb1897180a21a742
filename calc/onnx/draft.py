"""Builds the network step by step, with the ONNX node and the bits of each layer."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from calc.formats import Format
from calc.formats.plain import plain_codes
from calc.importing import Draft
from calc.importing.names import LayerNames
from calc.model.graph import Bits, Graph
from calc.onnx.model import OnnxPlace
from calc.ops import op_class


class OnnxDraft(Draft):
    """A ``Draft`` in which a problem ends the node at once: the file does not state foreign sizes separately."""

    def __init__(self, origin: OnnxPlace, names: LayerNames) -> None:
        super().__init__(origin, names)
        self.held: dict[int, Format] = {}
        """The format of the tensors of layers that do not multiply them."""

    def layer(
        self, name: str, word: str, inputs: Sequence[int], place: OnnxPlace, *,
        bits: Bits | None = None, shares: int | None = None, **fields: Any,
    ) -> int:  # fmt: skip
        """Return the node of a new layer. Raises OpError for its fields, and SpecError for its inputs."""
        op = op_class(word)(**fields)
        given = {"bits": bits, "shares": shares}
        return self._call("add", name=name, op=op, inputs=tuple(inputs), origin=place, **given)

    @property
    def next_index(self) -> int:
        """The index of the next node."""
        return len(self._calls)

    def graph(self, model: str, outputs: Sequence[int], spec: str = "") -> Graph:
        """Return the network. Raises SpecError with everything that is wrong with it."""
        graph = super().graph(model, outputs, spec)
        nodes = list(graph.nodes)
        for index, held in self.held.items():
            bits = Bits(held.code_bits, held.code_bits, None if held == plain_codes(held.code_bits) else held)
            usual = bits._replace(activation=bits.usual_activation)
            nodes[index] = nodes[index]._replace(bits=usual, held_format=held)
        return replace(graph, nodes=tuple(nodes))
