"""Peak activation memory: the largest set of tensors alive at once, in execution order."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.counts import Counts
from calc.model.graph import Graph
from calc.storages import storages

UNQUANTISED_BITS = 32
"""Bits of a tensor that no layer with MACs made or reads."""
INTEGER_BITS = 64
"""Bits of a token id, int64: no policy narrows what is looked up."""


class MemoryPlan(NamedTuple):
    """When each tensor of a graph comes to life and when it is last needed; nothing in bits yet.

    Per node, in order: ``reads``, the nodes whose outputs it reads; ``elements`` of the tensor it
    allocates, 0 for a view and for a parameter; ``freed``, the allocations last needed by it.
    ``unread``: the nodes, in order, whose outputs reach no layer with MACs. ``integers``: those whose outputs are
    token ids.
    """

    reads: tuple[tuple[int, ...], ...]
    elements: tuple[int, ...]
    freed: tuple[tuple[int, ...], ...]
    unread: tuple[int, ...]
    integers: tuple[int, ...]


def memory_plan(graph: Graph, counts: Sequence[Counts]) -> MemoryPlan:
    """The plan of ``graph`` for the batch that ``counts`` are for.

    A view shares its input's storage. A node without inputs other than the network's inputs is a
    parameter: it is in ``params``, not here. The network's inputs are there from the start, its outputs to the end.
    Token ids keep their 64 bits.
    """
    nodes, inputs = graph.nodes, len(graph.inputs)
    reads = tuple([() if node.training_only else node.inputs for node in nodes])
    allocation = storages(nodes)
    last_use = list(range(len(nodes)))
    for index in range(len(nodes)):
        for source in reads[index]:
            last_use[allocation[source]] = index
    for output in graph.outputs.values():
        last_use[allocation[output]] = len(nodes) - 1
    elements = [0] * len(nodes)
    freed: list[list[int]] = [[] for _ in nodes]
    for index in range(len(nodes)):
        if allocation[index] == index and (index < inputs or reads[index]):
            elements[index] = counts[index].output_elements
            freed[last_use[index]].append(index)
    integers = tuple([index for index, node in enumerate(nodes) if node.output.dtype == "int64"])
    return MemoryPlan(reads, tuple(elements), tuple(map(tuple, freed)), _unread(reads, counts), integers)


def _unread(reads: Sequence[tuple[int, ...]], counts: Sequence[Counts]) -> tuple[int, ...]:
    reaches = [False] * len(reads)
    for index in range(len(reads) - 1, 0, -1):
        if counts[index].products or reaches[index]:
            for source in reads[index]:
                reaches[source] = True
    return tuple([index for index, read in enumerate(reaches) if not read])


def peak_bytes(plan: MemoryPlan, activation_bits: Sequence[int]) -> int:
    """The largest sum of live tensors, ⌈elements · bits / 8⌉ bytes each.

    ``activation_bits``: what each node reads its inputs at, 0 for a node without MACs. While a node runs,
    its inputs, its output and all that is needed later are alive.
    """
    live = peak = 0
    bits = storage_bits(plan, activation_bits)
    sizes = [(elements * width + 7) // 8 for elements, width in zip(plan.elements, bits, strict=True)]
    for size, freed in zip(sizes, plan.freed, strict=True):
        live += size
        if live > peak:
            peak = live
        for index in freed:
            live -= sizes[index]
    return peak


def storage_bits(plan: MemoryPlan, activation_bits: Sequence[int]) -> list[int]:
    """The bits each node's output is stored in: the widest at which a layer with MACs reads it.

    Layers without MACs hand on what is asked of them. What no layer with MACs reads has the activation
    bits of the layer with MACs that made it, or else the width of what was read to make it.
    """
    reads = plan.reads
    stored = [0] * len(reads)
    for index in range(len(reads) - 1, 0, -1):
        asked = activation_bits[index] or stored[index]
        for source in reads[index]:
            if stored[source] < asked:
                stored[source] = asked
    for index in plan.unread:
        read = max([stored[source] for source in reads[index]], default=UNQUANTISED_BITS)
        stored[index] = activation_bits[index] or read
    for index in plan.integers:
        stored[index] = INTEGER_BITS
    return stored
