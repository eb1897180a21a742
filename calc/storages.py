"""Which outputs share a storage: a view lies in the storage of what it views, unless its shape needs a copy."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.frozen import FrozenDict
from calc.model.graph import Node
from calc.strides import Strides, channels_last, contiguous, in_order_of, is_channels_last, spread


class StorageLayout(NamedTuple):
    """Where outputs lie. ``made``: per node, the node that made the storage of its output.

    ``scattered``: the strides of those outputs whose elements do not stand in order in their storage.
    """

    made: tuple[int, ...]
    scattered: FrozenDict[int, Strides]


def storages(nodes: Sequence[Node]) -> StorageLayout:
    """Where the output of each node lies, as PyTorch in eval mode; a layer that is fused lies in the one before it."""
    made = list(range(len(nodes)))
    scattered: dict[int, Strides] = {}
    for index, node in enumerate(nodes):
        if not node.inputs or node.training_only:
            continue
        op, sizes = node.op, node.shape.sizes
        strides: Strides | None
        if node.fused:
            source = node.inputs[0]
            made[index] = made[source]
            strides = scattered.get(source) or contiguous(sizes)
        elif op.is_view:
            source = node.inputs[0]
            given = nodes[source].shape.sizes
            strides = op.view_strides(given, scattered.get(source) or contiguous(given), sizes)
            if strides is None:
                continue
            made[index] = made[source]
        elif op.layout == "own":
            shape = nodes[node.inputs[0]].shape
            strides = op.own_strides(shape, scattered.get(node.inputs[0]) or contiguous(shape.sizes))
        elif op.layout != "contiguous" and any(each in scattered for each in node.inputs):
            strides = _computed(nodes, scattered, node)
        else:
            continue
        if strides != contiguous(sizes):
            scattered[index] = strides
    return StorageLayout(tuple(made), FrozenDict(scattered))


def _computed(nodes: Sequence[Node], scattered: dict[int, Strides], node: Node) -> Strides:
    """The strides of the output of ``node``, whose op looks at those of its inputs."""
    sizes = node.shape.sizes
    if node.op.layout == "elementwise":
        return in_order_of([_spread(nodes, scattered, each, sizes) for each in node.inputs], sizes)
    maps = node.inputs if node.op.roles[0].endswith("*") else node.inputs[:1]  # what comes after is weights
    found = [(nodes[each].shape.sizes, scattered.get(each)) for each in maps]
    if all(strides is not None and is_channels_last(given, strides) for given, strides in found):
        return channels_last(sizes)
    return contiguous(sizes)


def _spread(nodes: Sequence[Node], scattered: dict[int, Strides], index: int, sizes: tuple[int, ...]) -> Strides:
    given = nodes[index].shape.sizes
    return spread(given, scattered.get(index) or contiguous(given), sizes)
