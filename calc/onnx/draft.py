"""The network in the making, for nodes of an ONNX file: each layer with the node that it comes from and its bits."""

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
    """As ``Draft``; of the foreign sizes there is no second account, so that what is wrong ends the node at once."""

    def __init__(self, origin: OnnxPlace, names: LayerNames) -> None:
        super().__init__(origin, names)
        self.held: dict[int, Format] = {}
        """Of layers that multiply none of their tensors, the format that these are in."""

    def layer(
        self, name: str, word: str, inputs: Sequence[int], place: OnnxPlace, *,
        bits: Bits | None = None, shares: int | None = None, **fields: Any,
    ) -> int:  # fmt: skip
        """The node of a new layer. Raises OpError for its fields, SpecError for what arrives."""
        op = op_class(word)(**fields)
        given = {"bits": bits, "shares": shares}
        return self._call("add", name=name, op=op, inputs=tuple(inputs), origin=place, **given)

    @property
    def next_index(self) -> int:
        """The node that is added next."""
        return len(self._calls)

    def graph(self, model: str, outputs: Sequence[int], spec: str = "") -> Graph:
        """The network. Raises SpecError with everything that is wrong with it."""
        graph = super().graph(model, outputs, spec)
        nodes = list(graph.nodes)
        for index, held in self.held.items():
            bits = Bits(held.code_bits, held.code_bits, None if held == plain_codes(held.code_bits) else held)
            usual = bits._replace(activation=bits.usual_activation)
            nodes[index] = nodes[index]._replace(bits=usual, held_format=held)
        return replace(graph, nodes=tuple(nodes))
