"""One tensor has one width: a layer that uses another's weights has the bits of the layer that holds them."""

from collections.abc import Sequence

from calc.model.graph import Graph
from calc.precision.base import Assigned, Assignment


def holders(graph: Graph, quantised: Sequence[object]) -> dict[int, int]:
    """For each node with bits that uses another's weights, the node whose bits it has.

    That is the owner of the weights, or where the owner has no bits (an embedding) the first that uses them.
    ``quantised``: per node, something false where it has no bits.
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
    """``assigned``, but with the holder's bits wherever a policy gave others, and a rule that says so."""
    result = list(assigned)
    for index, holder in holders(graph, assigned).items():
        given, own = assigned[holder], assigned[index]
        if given and own and (given.bits, given.parts) != (own.bits, own.parts):
            result[index] = Assigned(given.bits, f"weights of {graph.nodes[holder].name}", given.parts)
    return tuple(result)
