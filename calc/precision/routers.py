"""The routers of a network: the layers that score the experts, which nobody narrows."""

from collections.abc import Sequence

from calc.counts import Counts
from calc.model.graph import Graph
from calc.ops.base.experts import Dispatch
from calc.precision.base import is_quantised


def routers_of(graph: Graph, counts: Sequence[Counts]) -> tuple[int, ...]:
    """The layers with weights used in MACs that experts get their scores from, in order.

    Between them and the experts stand only layers without MACs: a softmax, or what is added to the scores.
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
