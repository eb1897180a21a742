"""Finds inputs that are masks: layers use them only as conditions, so that every number but 0 means true."""

from collections import defaultdict

import torch

from calc.model.graph import Graph, Node
from calc.ops.compare import Compare

_MOVES_ELEMENTS = frozenset(
    {"expand", "flatten", "flip", "index", "permute", "reshape", "roll", "select", "slice", "squeeze", "tile",
     "unsqueeze"}
)  # fmt: skip


def masks_of(graph: Graph) -> frozenset[int]:
    """Return the inputs of ``graph``, as numbers of nodes, that layers only compare with 0 or take as a condition."""
    readers: defaultdict[int, list[int]] = defaultdict(list)
    for at, node in enumerate(graph.nodes):
        for source in dict.fromkeys(node.inputs):
            readers[source].append(at)

    def is_mask(index: int) -> bool:
        if index in graph.outputs.values() or not readers[index]:
            return False
        return all(
            _chooses(graph.nodes[at], index) or (graph.nodes[at].op.word in _MOVES_ELEMENTS and is_mask(at))
            for at in readers[index]
        )

    numbers = [index for index in graph.inputs.values() if graph.nodes[index].output.dtype == "float32"]
    return frozenset(filter(is_mask, numbers))


def _chooses(node: Node, index: int) -> bool:
    """Return whether ``node`` uses the node ``index`` only to tell 0 from other numbers."""
    if isinstance(node.op, Compare):
        return node.op.value == 0 and node.op.operator in ("eq", "ne")
    return node.op.word == "where" and [at for at, source in enumerate(node.inputs) if source == index] == [0]


def drawn_mask(sizes: tuple[int, ...], generator: torch.Generator, *, begins: bool = False) -> torch.Tensor:
    """Return a random mask of 1 and 0. Each row has both, because attention cannot hide all keys.

    ``begins`` is the first number of each row, and the last is its opposite.
    """
    mask = torch.randint(2, sizes, generator=generator)
    mask[..., -1] = int(not begins)
    mask[..., 0] = int(begins)
    return mask.to(torch.float32)
