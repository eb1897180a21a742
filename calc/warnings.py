"""Finds what is legal but probably wrong: layers that nothing reads, a norm over more axes than intended."""

from collections.abc import Collection, Iterator
from typing import Any

from calc.errors import Origin, Problem
from calc.model.graph import Graph, Node
from calc.ops.base import Aspect

AXES_NORMS = ("layer_norm", "rms_norm")
_UNKNOWN = {"work": "computation", "tensors": "tensors"}


def warnings(graph: Graph, bare: Collection[Origin] = ()) -> tuple[Problem, ...]:
    """Return the warnings about ``graph`` in the order of its layers.

    ``bare`` has the places where a norm of AXES_NORMS is written with a bare number, which may be an axis count or a
    size.
    """
    found = [*_unread(graph), *(_norms(graph, bare) if bare else ()), *_unknown(graph)]
    return tuple([problem for _, problem in sorted(found, key=lambda each: each[0])])


def not_known(unknown: Collection[Aspect]) -> str:
    """Return the words for unknown parts of a layer: ``computation is not known``."""
    words = [word for aspect, word in _UNKNOWN.items() if aspect in unknown]
    return f"{' and '.join(words)} {'is' if words == ['computation'] else 'are'} not known"


def as_json(problem: Problem) -> dict[str, Any]:
    """Return a warning as reports have it in JSON."""
    place = problem.in_file
    where = {} if place is None else place._asdict()
    return {"layer": problem.layer, "op": problem.op, "fact": problem.fact, "hint": str(problem.hint), **where}


def _unread(graph: Graph) -> Iterator[tuple[int, Problem]]:
    """Find layers that run although no output depends on them. Of several in a row, only the last is reported.

    The last layer of the network is not reported. An auxiliary head that runs is listed under ``output:`` in the spec.
    """
    nodes, inputs = graph.nodes, len(graph.inputs)
    needed, trained = {*range(inputs), *graph.outputs.values(), len(nodes) - 1}, set[int]()
    for index in range(len(nodes) - 1, inputs - 1, -1):
        if nodes[index].training_only:
            trained.update(nodes[index].inputs)
        elif index in needed:
            needed.update(nodes[index].inputs)
    unread = [index for index in range(inputs, len(nodes)) if index not in needed and not nodes[index].training_only]
    read = {source for index in unread for source in nodes[index].inputs}
    for index in unread:
        if index not in read:
            node = nodes[index]
            fact = "only what is training_only reads this layer"
            if index not in trained:
                fact = "nothing reads this layer"
                fact += "" if needed.issuperset(node.inputs) else ", nor those that lead only here"
            yield index, _problem(node, fact, "read it with from:, make it an output:, or remove it")


def _norms(graph: Graph, bare: Collection[Origin]) -> Iterator[tuple[int, Problem]]:
    """Find norms whose number of axes may have been meant as a size, like PyTorch's normalized_shape."""
    for index, node in enumerate(graph.nodes):
        axes: int = getattr(node.op, "normalized_axes", 1)
        if axes > 1 and node.origin in bare:
            over = "×".join(map(str, node.shape.sizes[-axes:]))
            fact = f"{axes} is a number of axes: the norm is over {over}"
            alone = f", not the last {axes} alone" if node.shape.sizes[-1] == axes else ""
            hint = f"1 is one axis, whose size follows; {{normalized_axes: {axes}}} says that axes are meant"
            yield index, _problem(node, fact + alone, hint)


def _unknown(graph: Graph) -> Iterator[tuple[int, Problem]]:
    """Find layers whose computation or tensors are not known."""
    for index, node in enumerate(graph.nodes):
        unknown = node.unknown
        if unknown:
            given = node.op.values()
            fact = (
                f"stands for {given.get('op', 'an op')}, whose {not_known(unknown)}: {given.get('reason', 'foreign')}"
            )
            yield index, _problem(node, fact, "reports mark each total to which it could add as at least")


def _problem(node: Node, fact: str, hint: str) -> Problem:
    return Problem(node.origin, fact, hint, node.name, node.op.word)
