"""Numbers that published counts of language models include beside parameters, because files or other frameworks do."""

from collections import Counter
from collections.abc import Sequence
from math import prod

from calc.claims.subject import Subject
from calc.model.graph import Node
from calc.names import pattern_of
from calc.ops.base.experts import Dispatch
from calc.ops.base.table import TableOp
from calc.ops.rotary import Rotary
from calc.precision.routers import routers_of

TILE = 128


def rotary_buffers(subject: Subject) -> list[int]:
    """Return the number of frequencies in each layer that rotates queries and keys: one for each pair of features."""
    nodes = subject.analysis.graph.nodes
    found: dict[str, int] = {}
    for index in subject.layers:
        node = nodes[index]
        if isinstance(node.op, Rotary):
            found[node.name.rpartition(".")[0]] = node.op.turned(node.shape.sizes[-1]) // 2
    return list(found.values())


def router_biases(subject: Subject) -> list[int]:
    """Return the elements of each buffer that is added to the scores of experts."""
    nodes, within = subject.analysis.graph.nodes, set(subject.layers)
    found = []
    for node in nodes:
        scores = nodes[node.inputs[1]] if isinstance(node.op, Dispatch) else None
        for source in () if scores is None or scores.op.word != "add" else scores.inputs:
            if source in within and nodes[source].op.word == "tensor" and nodes[source].op.values()["buffer"]:
                found.append(nodes[source].shape.elements)
    return found


def row_scales(subject: Subject) -> list[int]:
    """Return the number of rows of each matrix and table, in a network that reads tokens. Each row has one scale."""
    if not _reads_tokens(subject):
        return []
    return [copies * sizes[0] for _, sizes, copies in _matrices(subject, ("weight", "embedding"))]


def tile_scales(subject: Subject) -> list[int]:
    """Return the number of tiles of 128 × 128 of each matrix in repeated layers, except routers.

    Each tile has one scale.

    The result is empty if the network does not read tokens.
    """
    if not _reads_tokens(subject):
        return []
    analysis = subject.analysis
    routers = routers_of(analysis.graph, analysis.counts)
    times = Counter([_alike(analysis.graph.nodes[index]) for index in subject.layers])
    return [
        copies * prod([-(-size // TILE) for size in sizes])
        for index, sizes, copies in _matrices(subject, ("weight",))
        if times[_alike(analysis.graph.nodes[index])] > 1 and index not in routers
    ]


def parameters_and(what: str, parts: Sequence[int]) -> str:
    """Return ``parameters + rotary buffers, 32 × 64``."""
    times = Counter(parts)
    return f"parameters + {what}, {' + '.join([f'{count} × {size:,}' for size, count in times.items()])}"


def _reads_tokens(subject: Subject) -> bool:
    return any(isinstance(node.op, TableOp) for node in subject.analysis.graph.nodes)


def _alike(node: Node) -> tuple[tuple[str, ...], str]:
    return pattern_of(node.name), node.op.word


def _matrices(subject: Subject, roles: tuple[str, ...]) -> list[tuple[int, tuple[int, ...], int]]:
    counts = subject.analysis.counts
    return [
        (index, tensor.sizes, tensor.copies)
        for index in subject.layers
        for tensor in counts[index].held
        if tensor.role in roles and len(tensor.sizes) == 2
    ]
