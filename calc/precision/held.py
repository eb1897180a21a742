"""The formats of tensors that a layer holds without multiplying them: embeddings, norms, learnable tensors."""

from collections.abc import Callable, Mapping, Sequence

from calc.counts import Counts, arriving_weights
from calc.errors import Problem, SpecError
from calc.formats import Format
from calc.frozen import FrozenDict
from calc.model.graph import Graph
from calc.precision.base import Assignment, Policy

HeldFormats = FrozenDict[int, Format]
"""Maps a node without MACs to the format of its tensors."""


def written_formats(policy: Policy, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, Format]:
    """Return the formats of tensors in layers without MACs, by node, which are the ``held_formats`` of ``policy``."""
    written: Callable[[Graph, Sequence[Counts]], Mapping[int, Format]] | None = getattr(policy, "held_formats", None)
    return {} if written is None else written(graph, counts)


def held_formats(policy: Policy, graph: Graph, counts: Sequence[Counts], assigned: Assignment) -> HeldFormats:
    """Return the formats that ``policy`` gives to tensors that their layer does not multiply.

    Raises SpecError if another layer multiplies such a tensor and has another format for it.
    """
    found = written_formats(policy, graph, counts)
    problems = []
    for user, holder in _multiplied(graph, counts) if found else ():
        given, wanted = assigned[user], found.get(holder)
        if wanted is not None and given is not None and given.bits.stored != wanted:
            node = graph.nodes[holder]
            other = given.bits.stored.name if given.bits.format else f"{given.bits.weight} bits"
            fact = f"bits={wanted.name}: {graph.nodes[user].name} multiplies its tensor, at {other}"
            problems.append(Problem(node.origin, fact, "write the same bits at both", node.name, node.op.word))
    if problems:
        raise SpecError(problems)
    return FrozenDict(
        {index: stored for index, stored in found.items() if counts[index].other_params or counts[index].states}
    )


def _multiplied(graph: Graph, counts: Sequence[Counts]) -> list[tuple[int, int]]:
    """Return pairs of a layer with MACs that multiplies a tensor of another layer, and this other layer."""
    tied = [
        (index, owner)
        for index, node in enumerate(graph.nodes)
        for owner in node.tied.values()
        if counts[index].products
    ]
    return [*arriving_weights(graph, counts), *tied]
