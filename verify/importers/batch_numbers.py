"""Turns the numbers of a program that depend on the batch size into nodes, so that they are not taken for constants."""

from typing import Any

from torch import fx
from torch.utils._pytree import tree_flatten, tree_unflatten


def batch_number(first: float, _second: float) -> float:
    """Return the value of a number at the first of two batch sizes; at the second size it has another value."""
    return first


def marked(first: fx.Graph, second: fx.Graph) -> bool:
    """Return whether two graphs, traced at two batch sizes, run the same operations, and marks numbers that differ.

    If they do, each number of ``first`` that differs in ``second`` becomes a node, as in a graph with a symbolic batch.
    Operations that need only the sizes of tensors then use these, and operations that need the number are refused.
    """
    ones, others = list(first.nodes), list(second.nodes)
    if [node.target for node in ones] != [node.target for node in others]:
        return False
    same = dict(zip(others, ones, strict=True))
    return all(_marked(first, one, other, same) for one, other in zip(ones, others, strict=True) if one.op != "output")


def _marked(graph: fx.Graph, one: fx.Node, other: fx.Node, same: dict[fx.Node, fx.Node]) -> bool:
    leaves, spec = tree_flatten((one.args, one.kwargs))
    wanted, other_spec = tree_flatten((other.args, other.kwargs))
    if spec != other_spec:
        return False
    found: list[Any] = []
    for here, there in zip(leaves, wanted, strict=True):
        if (same[there] if isinstance(there, fx.Node) else there) == here:
            found.append(here)
        elif type(here) is type(there) and isinstance(here, (int, float)) and not isinstance(here, bool):
            with graph.inserting_before(one):
                found.append(graph.call_function(batch_number, (here, there)))
        else:
            return False
    one.args, one.kwargs = tree_unflatten(found, spec)
    return True
