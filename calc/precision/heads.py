"""Finds the heads of a network, the layers that compute its outputs."""

from collections.abc import Sequence

from calc.counts import Counts
from calc.model.graph import Graph
from calc.precision.base import is_quantised


def heads_of(graph: Graph, counts: Sequence[Counts]) -> tuple[int, ...]:
    """Return the layers with weights used in MACs that compute an output, in order.

    Between them and the output there are only layers that read one tensor and hold none, such as a softmax or a
    reshape. An output of a norm or a sum has no head.
    """
    found = set()
    for index in graph.outputs.values():
        node = graph.nodes[index]
        while len(node.inputs) == 1 and not counts[index].products and not counts[index].params:
            index = node.inputs[0]
            node = graph.nodes[index]
        if is_quantised(counts[index]):
            found.add(index)
    return tuple(sorted(found))
