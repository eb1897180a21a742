"""Helpers of all passes: the readers of nodes, and a graph without some of its nodes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from calc.frozen import FrozenDict
from calc.model.graph import Graph, Node


def times_read(graph: Graph) -> Counter[int]:
    """Return how often the output of each node is needed: by layers, whether they run or not, and as an output."""
    wanted = Counter(graph.outputs.values())
    for node in graph.nodes:
        wanted.update(node.inputs)
    return wanted


def tensors_of(nodes: tuple[Node, ...], index: int) -> set[int]:
    """Return the nodes that hold the tensors of the node ``index``: itself, or those that it is tied to."""
    return set(nodes[index].tied.values()) or {index}


def without(graph: Graph, instead: Mapping[int, int | None], changed: Mapping[int, Node] | None = None) -> Graph:
    """Return ``graph`` without the nodes of ``instead``, which maps each to the node that its readers read instead.

    This node comes earlier, and may be removed too. It is None for a node that nobody reads. ``changed`` maps nodes
    that stay, as indices of ``graph``, to their new form. If a removed node held a tensor for others, the first of them
    holds it then. Outputs keep their names.
    """
    nodes = [(changed or {}).get(index, node) for index, node in enumerate(graph.nodes)]
    place: dict[int, int] = {}
    for index in range(len(nodes)):
        if index not in instead:
            place[index] = len(place)
    for index, source in sorted(instead.items()):
        if source is not None:
            place[index] = place[source]
    heirs: dict[tuple[int, str], int] = {}
    made = [_moved(nodes[index], index, instead, place, heirs) for index in range(len(nodes)) if index not in instead]
    outputs = FrozenDict({name: place[index] for name, index in graph.outputs.items()})
    inputs = FrozenDict({name: place[index] for name, index in graph.inputs.items()})
    return replace(graph, nodes=tuple(made), inputs=inputs, outputs=outputs)


def _moved(
    node: Node, index: int, gone: Mapping[int, object], place: Mapping[int, int], heirs: dict[tuple[int, str], int]
) -> Node:
    """Return ``node``, which was at ``index``, with the new indices. ``heirs`` hold the tensors of removed nodes."""
    tied: dict[str, int] = {}
    for name, owner in node.tied.items():
        holder = heirs.setdefault((owner, name), index) if owner in gone else owner
        if holder != index:
            tied[name] = place[holder]
    inputs = tuple([place[source] for source in node.inputs])
    inherits = len(tied) < len(node.tied)
    return node._replace(inputs=inputs, tied=FrozenDict(tied), again=node.again and not inherits)
