"""Widths of tensors that their layer holds and does not multiply: embeddings, norms, learnable tensors."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from calc.counts import Counts, arriving_weights
from calc.errors import Problem, SpecError
from calc.frozen import FrozenDict
from calc.model.graph import Graph
from calc.precision.base import Assignment, Policy

HeldBits = FrozenDict[int, int]
"""By node without MACs, the bits of what it holds."""


@runtime_checkable
class OfHeld(Protocol):
    """A policy that also says at what width layers without MACs keep their tensors; others leave them at 32 bits."""

    def held_bits(self, graph: Graph, counts: Sequence[Counts]) -> Mapping[int, int]:
        """The bits by node, of those that it narrows."""


def held_bits(policy: Policy, graph: Graph, counts: Sequence[Counts], assigned: Assignment) -> HeldBits:
    """The widths that ``policy`` gives to tensors that their layer does not multiply.

    Raises SpecError for a tensor that another layer multiplies, and for which that layer has another width.
    """
    if not isinstance(policy, OfHeld):
        return FrozenDict()
    found = policy.held_bits(graph, counts)
    problems = []
    for user, holder in _multiplied(graph, counts) if found else ():
        given, wanted = assigned[user], found.get(holder)
        if wanted is not None and given is not None and given.bits.weight != wanted:
            node = graph.nodes[holder]
            fact = f"bits={wanted}: {graph.nodes[user].name} multiplies its tensor, at {given.bits.weight} bits"
            problems.append(Problem(node.origin, fact, "write the same bits at both", node.name, node.op.word))
    if problems:
        raise SpecError(problems)
    return FrozenDict({index: bits for index, bits in found.items() if counts[index].other_params})


def _multiplied(graph: Graph, counts: Sequence[Counts]) -> list[tuple[int, int]]:
    """Each layer with MACs that has a tensor of another one, and that one."""
    tied = [
        (index, owner)
        for index, node in enumerate(graph.nodes)
        for owner in node.tied.values()
        if counts[index].products
    ]
    return [*arriving_weights(graph, counts), *tied]
