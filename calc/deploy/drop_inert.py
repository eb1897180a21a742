"""Drops what does nothing in eval mode: dropout, identity, and all that exists for training only."""

from calc.deploy.rewire import without
from calc.model.graph import Graph
from calc.ops.base.experts import Dispatch
from calc.ops.dropout import Dropout
from calc.ops.identity import Identity

INERT = (Dropout, Identity)


def drop_inert(graph: Graph) -> Graph:
    """``graph`` without its inert layers, whose readers read what these handed on, and without what is not run.

    An inert layer stays where it is all that an output is: where it hands on an input of the network, or what is an
    output under another name. So does the expert that hands on its token.
    """
    nodes, inputs, outputs = graph.nodes, len(graph.inputs), set(graph.outputs.values())
    instead: dict[int, int | None] = {}
    for index, node in enumerate(nodes):
        if node.unused:  # nothing that is run reads it, and it is no output
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
