"""A layer that uses the weights of another has the bits of the layer that holds them, because one tensor has one
width.
"""

from collections.abc import Sequence

from calc.model.graph import Graph
from calc.precision.base import Assigned, Assignment


def holders(graph: Graph, quantised: Sequence[object]) -> dict[int, int]:
    """Return, for each node with bits that uses the weights of another, the node whose bits it has.

    This is the owner of the weights or, if the owner has no bits (an embedding), the first node that uses them.
    ``quantised`` has a false value for each node without bits.
    """
    found: dict[int, int] = {}
    first: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        if node.tied and node.shares is not None and quantised[index]:
            holder = node.shares if quantised[node.shares] else first.setdefault(node.shares, index)
            if holder != index:
                found[index] = holder
    return found


def with_holders_bits(graph: Graph, assigned: Assignment) -> Assignment:
    """Return ``assigned`` with the bits of the holder where a policy gave other bits, and with a rule that says so."""
    result = list(assigned)
    for index, holder in holders(graph, assigned).items():
        given, own = assigned[holder], assigned[index]
        if given and own and (given.bits, given.parts) != (own.bits, own.parts):
            result[index] = Assigned(given.bits, f"weights of {graph.nodes[holder].name}", given.parts)
    return tuple(result)
