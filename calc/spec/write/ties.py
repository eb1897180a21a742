"""Finds the layers that ``shares`` and ``again`` must name so that the same tensors are tied to the same layers."""

from collections.abc import Iterable

from calc.errors import OpError
from calc.model.graph import Graph, Node
from calc.model.ties import tied_names
from calc.ops.base import Tensors


def shared_by(graph: Graph, index: int) -> int:
    """Return the earlier layer whose tensors the layer ``index`` shares.

    Raises OpError if no single layer has them all.
    """
    node = graph.nodes[index]
    owners = set(node.tied.values())
    users = [each for each in range(index) if owners.intersection(graph.nodes[each].tied.values())]
    for other in (*sorted(owners), *users):
        if _tied(graph, index, other) == node.tied and graph.nodes[other].experts == node.experts:
            return other
    names = ", ".join(sorted({graph.nodes[each].name for each in owners}))
    raise OpError(f"it shares tensors with {names}, but no single layer has all of them", _NO_WORD)


def first_run(graph: Graph, index: int) -> int:
    """Return the earlier layer that the layer ``index`` runs again. Raises OpError if there is none."""
    return _matching(graph, [index], ([other] for other in range(len(graph.inputs), index)))[0]


def first_experts(graph: Graph, again: range, others: Iterable[range]) -> range:
    """Return the range in ``others`` that ``again`` runs again.

    Each range has the nodes of some experts. Raises OpError.
    """
    found = _matching(graph, again, (other for other in others if len(other) == len(again)))
    return range(found[0], found[-1] + 1)


_NO_WORD = "the language cannot express this"


def runs_again(graph: Graph, again: range, first: range) -> bool:
    """True if each of the nodes ``again`` runs the node of ``first`` in the same position once more."""
    return len(again) == len(first) and all(_runs_again(graph, *pair) for pair in zip(again, first, strict=True))


def read_again(graph: Graph, again: range, first: range) -> dict[int, int] | None:
    """Map each node that ``first`` reads from outside to the node that ``again`` reads instead; None if that is
    ambiguous.
    """
    found: dict[int, int] = {}
    for one, other in zip(again, first, strict=True):
        for theirs, ours in zip(graph.nodes[other].inputs, graph.nodes[one].inputs, strict=True):
            if theirs in first or ours in again:
                if (theirs in first) != (ours in again) or theirs - first.start != ours - again.start:
                    return None
            elif found.setdefault(theirs, ours) != ours:
                return None
    return found


def _matching(graph: Graph, again: Iterable[int], candidates: Iterable[Iterable[int]]) -> list[int]:
    indices = list(again)
    for others in candidates:
        found = list(others)
        if all(_runs_again(graph, *pair) for pair in zip(indices, found, strict=True)):
            return found
    raise OpError("it runs an earlier layer again, and none before it does the same", _NO_WORD)


def _runs_again(graph: Graph, index: int, other: int) -> bool:
    """True if ``again`` with the name of ``other`` makes the layer ``index``."""
    node, first = graph.nodes[index], graph.nodes[other]
    if first.op != node.op or _as_stored(first) != _as_stored(node) or len(first.inputs) != len(node.inputs):
        return False
    if first.experts not in (None, node.experts) and node.experts is None:
        return False
    return _tied(graph, index, other) == node.tied


def _as_stored(node: Node) -> tuple[object, ...]:
    return node.bits, node.held_format, node.part_formats


def _tied(graph: Graph, index: int, other: int) -> dict[str, int] | None:
    """Return the tensors that would be tied if the layer ``index`` named ``other``; None if it cannot."""
    node, held = graph.nodes[index], graph.nodes[other]
    try:
        names = tied_names(node.op, graph.input_shapes(node), held, _parameters(graph, held))
    except OpError:
        return None
    return {name: held.tied.get(name, other) for name in names}


def _parameters(graph: Graph, node: Node) -> Tensors:
    return node.op.parameters(graph.input_shapes(node))
