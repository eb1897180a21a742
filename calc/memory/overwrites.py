"""Where a layer may write its output over a tensor that it reads and nothing reads later."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from calc.counts import Counts
from calc.model.graph import Graph
from calc.ops.base import InPlace
from calc.storages import StorageLayout


class Overwrite(NamedTuple):
    """``node`` may write its output over the allocation ``over``, of which it reads every element once and in order.

    ``channels``: those of all samples, where it is done channel by channel and a channel of the output is kept aside
    until that of the input has been read; 0 where it is done element by element.
    """

    node: int
    over: int
    channels: int


def overwrites_of(
    graph: Graph,
    counts: Sequence[Counts],
    layout: StorageLayout,
    elements: Sequence[int],
    dying: Sequence[Sequence[int]],
) -> tuple[Overwrite, ...]:
    """All of them, in the order of the nodes, that are right if the output takes no more bytes than what it replaces.

    ``elements``: of what each node allocates. ``dying``: per node, the allocations that nothing needs after it.
    """
    found = []
    for index, dead in enumerate(dying):
        node = graph.nodes[index]
        way = node.op.in_place(graph.input_shapes(node)) if dead and elements[index] else "no"
        if way == "no":
            continue
        read: dict[int, set[int]] = {}
        for source in node.inputs:
            read.setdefault(layout.made[source], set()).add(source)
        for over in dead:
            # two views of one tensor meet its elements at different times
            if over != index and len(read[over]) == 1:
                found += _overwrite(graph, counts, layout, elements, index, read[over].pop(), way)
    return tuple(found)


def _overwrite(
    graph: Graph,
    counts: Sequence[Counts],
    layout: StorageLayout,
    elements: Sequence[int],
    index: int,
    source: int,
    way: InPlace,
) -> list[Overwrite]:
    """How ``index`` may write in that ``way`` over what ``source`` put out; nothing where it may not."""
    node, over = graph.nodes[index], layout.made[source]
    if counts[source].output_elements != elements[over]:  # it sees a part of the tensor, or parts of it repeatedly
        return []
    if way == "elements":
        same = graph.nodes[source].shape.sizes == node.shape.sizes and elements[over] == elements[index]
        in_order = layout.scattered.get(source) == layout.scattered.get(index)
        return [Overwrite(index, over, 0)] if same and in_order else []
    if source != node.inputs[0] or {source, index} & layout.scattered.keys():
        return []
    axis = node.shape.channel_axis
    assert axis is not None, "a convolution knows its channels"
    return [Overwrite(index, over, elements[index] // prod(node.shape.sizes[axis:][1:]))]
