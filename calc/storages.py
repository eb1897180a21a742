"""Finds the outputs that share a storage. A view shares that of its input, unless its shape requires a copy."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.frozen import FrozenDict
from calc.model.graph import Node
from calc.strides import Strides, channels_last, contiguous, in_order_of, is_channels_last, spread


class StorageLayout(NamedTuple):
    """The storage of outputs. ``made`` has, for each node, the node that made the storage of its output.

    ``scattered`` has the strides of outputs whose elements are not in order in their storage.
    """

    made: tuple[int, ...]
    scattered: FrozenDict[int, Strides]


def storages(nodes: Sequence[Node]) -> StorageLayout:
    """Return the storage of each output, as in PyTorch's eval mode.

    A fused layer shares that of the layer before it.
    """
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
    """Return the strides of the output of ``node``, if its op derives them from those of its inputs."""
    sizes = node.shape.sizes
    if node.op.layout == "elementwise":
        return in_order_of([_spread(nodes, scattered, each, sizes) for each in node.inputs], sizes)
    maps = node.inputs if node.op.roles[0].endswith("*") else node.inputs[:1]  # the other inputs are weights
    found = [(nodes[each].shape.sizes, scattered.get(each)) for each in maps]
    if all(strides is not None and is_channels_last(given, strides) for given, strides in found):
        return channels_last(sizes)
    return contiguous(sizes)


def _spread(nodes: Sequence[Node], scattered: dict[int, Strides], index: int, sizes: tuple[int, ...]) -> Strides:
    given = nodes[index].shape.sizes
    return spread(given, scattered.get(index) or contiguous(given), sizes)
