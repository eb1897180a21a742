"""Compares two networks layer by layer, to prove that a written spec loads as the network that it came from."""

from calc.errors import OpError
from calc.model.graph import Graph, Node
from calc.spec.expand import expand
from calc.spec.load import loads

_FIELDS = tuple(field for field in Node._fields if field != "origin")


def first_difference(first: Graph, second: Graph) -> str:
    """Return the first difference between two networks, apart from the places in files; empty if there is none."""
    for one, other in zip(first.nodes, second.nodes, strict=False):
        for field in _FIELDS:
            if getattr(one, field) != getattr(other, field):
                return f"{one.name} ({one.op.word}): {field} {getattr(one, field)} became {getattr(other, field)}"
    if len(first.nodes) != len(second.nodes):
        return f"{len(first.layers)} layers became {len(second.layers)}"
    if first.inputs != second.inputs or list(first.outputs.items()) != list(second.outputs.items()):
        return f"{_ends(first)} became {_ends(second)}"
    return "" if first.reference == second.reference else f"reference {first.reference} became {second.reference}"


def require_same(graph: Graph, text: str) -> None:
    """Raise OpError unless the spec ``text`` is the network ``graph``, in every field of every layer."""
    found = first_difference(graph, expand(loads(text, "<written>"), max_layers=len(graph.nodes)))
    if found:
        raise OpError(
            f"the written spec would be another network: {found}", "this is a fault of calc; please report it"
        )


def _ends(graph: Graph) -> str:
    return f"{', '.join(graph.inputs)} and the outputs {', '.join(graph.outputs)}"
