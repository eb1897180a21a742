"""Where a layer may write its output over a tensor that it reads and nothing reads later."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

from calc.counts import Counts
from calc.model.graph import Graph
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
    for node, dead in enumerate(dying):
        if dead and elements[node]:
            found += [
                Overwrite(node, over, channels)
                for over in dead
                if over != node
                for channels in _channels(graph, counts, layout, elements, node, over)
            ]
    return tuple(found)


def _channels(
    graph: Graph, counts: Sequence[Counts], layout: StorageLayout, elements: Sequence[int], index: int, over: int
) -> Iterator[int]:
    """How ``index`` may write over the allocation ``over``, as in Overwrite; nothing where it may not."""
    node = graph.nodes[index]
    way = node.op.in_place(graph.input_shapes(node))
    read = {source for source in node.inputs if layout.made[source] == over}
    if way == "no" or len(read) > 1:  # two views of one tensor meet its elements at different times
        return
    (source,) = read
    if counts[source].output_elements != elements[over]:  # it sees a part of the tensor, or parts of it repeatedly
        return
    if way == "elements":
        given = graph.nodes[source].shape.sizes
        in_order = layout.scattered.get(source) == layout.scattered.get(index)
        if given == node.shape.sizes and in_order and elements[over] == elements[index]:
            yield 0
    elif source == node.inputs[0] and not {source, index} & layout.scattered.keys():
        axis = node.shape.channel_axis
        assert axis is not None, "a convolution knows its channels"
        yield elements[index] // prod(node.shape.sizes[axis:][1:])
