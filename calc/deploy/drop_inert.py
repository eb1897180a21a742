"""Drops layers that do nothing in evaluation mode: dropout, identity, and layers that exist only for training."""

from calc.deploy.rewire import without
from calc.model.graph import Graph
from calc.ops.base.experts import Dispatch
from calc.ops.dropout import Dropout
from calc.ops.identity import Identity

INERT = (Dropout, Identity)


def drop_inert(graph: Graph) -> Graph:
    """Return ``graph`` without its inert layers and without layers that do not run.

    Readers of an inert layer read its input.

    An inert layer stays if an output needs it: its input is an input of the network, or another output already. An
    expert that only passes on its token stays too.
    """
    nodes, inputs, outputs = graph.nodes, len(graph.inputs), set(graph.outputs.values())
    instead: dict[int, int | None] = {}
    for index, node in enumerate(nodes):
        if node.unused:  # no layer that runs reads it, and it is not an output
            instead[index] = None
        elif isinstance(node.op, INERT):
            before = instead.get(node.inputs[0])
            source = node.inputs[0] if before is None else before
            if isinstance(nodes[source].op, Dispatch) or (index in outputs and (source < inputs or source in outputs)):
                continue
            if index in outputs:
                outputs.add(source)
            instead[index] = source
    return without(graph, instead) if instead else graph
