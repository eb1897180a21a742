"""What is known of a network while it is built of an ONNX file: names, layers, tensors, and what is wrong."""

from collections.abc import Sequence
from typing import Any

from calc.errors import OpError, Problem
from calc.onnx.constants import MOST_IN_ALL
from calc.onnx.draft import OnnxDraft
from calc.onnx.model import OnnxModel, OnnxNode, OnnxPlace, Subgraph
from calc.onnx.names import NodeNames
from calc.onnx.values import Fixed, KnownNumbers, Thing


class Building:
    """The network of ``model`` in the making. ``batches``: the sizes of the batch that everything is worked out for.

    ``opaque``: nodes that calc has no op for stay, as layers that are not counted.
    """

    def __init__(self, model: OnnxModel, batches: Sequence[int], *, opaque: bool = False) -> None:
        self.model = model
        self.opaque = opaque
        self.batch_sizes: tuple[int | str, ...] = ()
        """What the file has for the size of the batch: words, or numbers where it is fixed."""
        self.batches = tuple(batches)
        self.names = NodeNames(model.graph.nodes, (*model.graph.tensors, *_renamed(model.graph)))
        self.draft = OnnxDraft(OnnxPlace(model.path), self.names.layers)
        self.things: dict[str, Thing | None] = {}
        """By name; None for what could not be made."""
        self.weights: dict[str, Fixed] = {}
        """By state-dict key of the network, what the file holds for it."""
        self.tensors: dict[tuple[Any, ...], int] = {}
        """The nodes that hold tensors of the file, by what they hold."""
        self.holders: dict[tuple[Any, ...], int] = {}
        """The layers that have weights of the file, by which."""
        self.ready: dict[str, Thing | None] = {}
        """What nodes make that come later, where it was made together with an earlier one."""
        self.remarks: dict[str, None] = {}
        self.problems: list[Problem] = []
        self._readers = _readers(model.graph)
        self._numbers = 0

    @property
    def by_layer(self) -> tuple[dict[Any, Any], ...]:
        """What is known of the layers so far."""
        return self.weights, self.tensors, self.holders, self.ready, self.remarks, self.draft.held

    def fix(self, name: str, number: int) -> None:
        """Let the input ``name`` be ``number``."""
        import numpy as np

        self.things[name] = KnownNumbers((np.array(number, dtype=np.int64),) * len(self.batches))

    def count(self, elements: int) -> None:
        """Note that so many numbers were worked out. Raises OpError for more than a file may have."""
        self._numbers += elements
        if self._numbers > MOST_IN_ALL:
            raise OpError(f"this file needs more than {MOST_IN_ALL:,} constant numbers to be computed")

    def reads(self, name: str) -> bool:
        """Whether anything reads ``name``, or it is an output."""
        return name in self._readers

    def only_reader(self, name: str) -> OnnxNode | None:
        """The node that alone reads ``name``, once; None where it is an output too."""
        found = self._readers.get(name, [])
        return found[0] if len(found) == 1 else None


def _renamed(graph: Subgraph) -> list[str]:
    """Tensors that the file stores under another name."""
    return [name for node in graph.nodes if node.op in ("Constant", "Identity") for name in node.outputs]


def _readers(graph: Subgraph) -> dict[str, list[OnnxNode | None]]:
    """By name, the nodes that read it, those within branches too; None for an output."""
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
