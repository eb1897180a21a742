"""The state of a network while it is built from an ONNX file: names, layers, tensors and problems."""

from collections.abc import Sequence
from typing import Any

from calc.errors import OpError, Problem
from calc.onnx.constants import MOST_IN_ALL
from calc.onnx.draft import OnnxDraft
from calc.onnx.model import OnnxModel, OnnxNode, OnnxPlace, Subgraph
from calc.onnx.names import NodeNames
from calc.onnx.values import Fixed, KnownNumbers, Thing


class Building:
    """The network of ``model`` under construction. ``batches`` has the batch sizes for which everything is computed.

    With ``opaque``, nodes for which calc has no op stay as layers that are not counted.
    """

    def __init__(self, model: OnnxModel, batches: Sequence[int], *, opaque: bool = False) -> None:
        self.model = model
        self.opaque = opaque
        self.batch_sizes: tuple[int | str, ...] = ()
        """The file's words for the batch size, or the numbers if it is fixed."""
        self.batches = tuple(batches)
        self.names = NodeNames(model.graph.nodes, (*model.graph.tensors, *_renamed(model.graph)))
        self.draft = OnnxDraft(OnnxPlace(model.path), self.names.layers)
        self.things: dict[str, Thing | None] = {}
        """The meaning of each name; None if it could not be computed."""
        self.weights: dict[str, Fixed] = {}
        """The data in the file for each key of the network's state dict."""
        self.tensors: dict[tuple[Any, ...], int] = {}
        """The nodes of tensors of the file, by their content."""
        self.holders: dict[tuple[Any, ...], int] = {}
        """The layers that have weights of the file, by these weights."""
        self.ready: dict[str, Thing | None] = {}
        """The results of later nodes that were computed together with an earlier one."""
        self.remarks: dict[str, None] = {}
        self.problems: list[Problem] = []
        self._readers = _readers(model.graph)
        self._numbers = 0

    @property
    def by_layer(self) -> tuple[dict[Any, Any], ...]:
        """The mappings about layers that a failed attempt must restore."""
        return self.weights, self.tensors, self.holders, self.ready, self.remarks, self.draft.held

    def fix(self, name: str, number: int) -> None:
        """Set the input ``name`` to ``number``."""
        import numpy as np

        self.things[name] = KnownNumbers((np.array(number, dtype=np.int64),) * len(self.batches))

    def count(self, elements: int) -> None:
        """Count computed constant numbers. Raises OpError if there are more than a file may need."""
        self._numbers += elements
        if self._numbers > MOST_IN_ALL:
            raise OpError(f"this file needs more than {MOST_IN_ALL:,} constant numbers to be computed")

    def reads(self, name: str) -> bool:
        """Return whether a node reads ``name`` or it is an output."""
        return name in self._readers

    def only_reader(self, name: str) -> OnnxNode | None:
        """Return the only node that reads ``name``, if it reads it once; None if ``name`` is also an output."""
        found = self._readers.get(name, [])
        return found[0] if len(found) == 1 else None


def _renamed(graph: Subgraph) -> list[str]:
    """Tensors that the file stores under another name."""
    return [name for node in graph.nodes if node.op in ("Constant", "Identity") for name in node.outputs]


def _readers(graph: Subgraph) -> dict[str, list[OnnxNode | None]]:
    """Return the nodes that read each name, those within branches included; None for an output."""
    found: dict[str, list[OnnxNode | None]] = {}
    for node in graph.nodes:
        for name in filter(None, node.inputs):
            found.setdefault(name, []).append(node)
        for value in node.attributes.values():
            if isinstance(value, Subgraph):
                for name, readers in _readers(value).items():
                    found.setdefault(name, []).extend(readers)
    for name in graph.outputs:
        found.setdefault(name, []).append(None)
    return found
