"""Finds the routers of a network, the layers that score experts."""

from collections.abc import Sequence

from calc.counts import Counts
from calc.model.graph import Graph
from calc.ops.base.experts import Dispatch
from calc.precision.base import is_quantised


def routers_of(graph: Graph, counts: Sequence[Counts]) -> tuple[int, ...]:
    """Return the layers with weights used in MACs that compute the scores of experts, in order.

    Between them and the experts there are only layers without MACs, such as a softmax or an add.
    """
    found = set()
    for node in graph.nodes:
        waiting = [node.inputs[1]] if isinstance(node.op, Dispatch) else []
        while waiting:
            index = waiting.pop()
            if is_quantised(counts[index]):
                found.add(index)
            elif not counts[index].products:
                waiting.extend(graph.nodes[index].inputs)
    return tuple(sorted(found))
