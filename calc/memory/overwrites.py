"""Finds the layers that may write their output over a tensor that they read and that nothing reads later."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from calc.counts import Counts
from calc.model.graph import Graph
from calc.ops.base import InPlace
from calc.storages import StorageLayout


class Overwrite(NamedTuple):
    """``node`` may overwrite the allocation ``over``, of which it reads every element once and in order.

    ``channels`` is 0 if it works element by element. If it works channel by channel, it is the number of channels of
    all samples. Then a channel of the output is kept elsewhere until the channel of the input has been read.
    """

    node: int
    over: int
    channels: int


class LaidOut(NamedTuple):
    """A network with its counts and the storage of its outputs."""

    graph: Graph
    counts: tuple[Counts, ...]
    layout: StorageLayout


def overwrites_of(network: LaidOut, elements: Sequence[int], freed: Sequence[Sequence[int]]) -> tuple[Overwrite, ...]:
    """Return all possible overwrites in the order of the nodes. The output must not take more bytes than the input.

    ``elements`` has the size of each allocation. ``freed`` has, for each node, the allocations that it is the last to
    need.
    """
    graph, _, layout = network
    kept = {layout.made[output] for output in graph.outputs.values()}
    found = []
    for index, last_needed in enumerate(freed):
        node, dead = graph.nodes[index], [made for made in last_needed if made not in kept]
        way = node.op.in_place(graph.input_shapes(node)) if dead and elements[index] else "no"
        if way == "no":
            continue
        read: dict[int, set[int]] = {}
        for source in node.inputs:
            read.setdefault(layout.made[source], set()).add(source)
        for over in dead:
            # two views of one tensor meet its elements at different times
            if over != index and len(read[over]) == 1:
                found += _overwrite(network, elements, index, read[over].pop(), way)
    return tuple(found)


def _overwrite(network: LaidOut, elements: Sequence[int], index: int, source: int, way: InPlace) -> list[Overwrite]:
    """Return the overwrite of the output of ``source`` by ``index`` in this ``way``, or an empty list."""
    graph, counts, layout = network
    node, over = graph.nodes[index], layout.made[source]
    if counts[source].output_elements != elements[over]:  # it reads a part of the tensor, or parts of it repeatedly
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
