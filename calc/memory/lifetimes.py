"""The lifetime of each tensor of a network: when it is computed and when it is last needed.

All planners start from this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from calc.counts import Counts
from calc.memory.overwrites import LaidOut, Overwrite, overwrites_of
from calc.model.graph import Graph
from calc.storages import storages


@dataclass(frozen=True)
class Lifetimes:
    """The lifetime of each tensor of a graph, from its computation to its last use, independent of bits.

    An allocation has the index of the node that makes it. The following fields have an item for each node. ``reads``
    has the nodes whose outputs it reads, and ``storage`` the allocation of its output. ``elements`` is the size of the
    tensor that it allocates, 0 for a view or a parameter. ``freed`` has the allocations that it is the last to need.

    ``unread`` lists the nodes whose outputs reach no layer that has or may have MACs. ``integers`` lists those whose
    outputs are token ids. ``network`` is the network itself.
    """

    reads: tuple[tuple[int, ...], ...]
    storage: tuple[int, ...]
    elements: tuple[int, ...]
    freed: tuple[tuple[int, ...], ...]
    unread: tuple[int, ...]
    integers: tuple[int, ...]
    network: LaidOut | None = field(default=None, repr=False, compare=False)

    @cached_property
    def overwrites(self) -> tuple[Overwrite, ...]:
        """The nodes that may overwrite what they read."""
        return () if self.network is None else overwrites_of(self.network, self.elements, self.freed)


def lifetimes_of(graph: Graph, counts: Sequence[Counts]) -> Lifetimes:
    """Return the lifetimes in ``graph`` for the batch of ``counts``.

    A view shares the storage of its input. Parameters, which are nodes without inputs, are not included, and neither
    are states that layers keep from call to call. The inputs of the network are alive from the start, and its outputs
    to the end. An input is not included if only layers that do not run in this call read it. Token ids have 64 bits.
    """
    nodes, inputs = graph.nodes, len(graph.inputs)
    absent = _only_read_elsewhere(graph)
    reads = tuple([() if node.training_only else node.inputs for node in nodes])
    layout = storages(nodes)
    allocation = layout.made
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
            if nodes[index].output.role == "state" or index in absent:
                continue
            elements[index] = counts[index].output_elements
            freed[last_use[index]].append(index)
    integers = tuple([index for index, node in enumerate(nodes) if node.output.dtype == "int64"])
    return Lifetimes(
        reads=reads,
        storage=allocation,
        elements=tuple(elements),
        freed=tuple(map(tuple, freed)),
        unread=_unread(reads, [bool(row.products or node.unknown) for node, row in zip(nodes, counts, strict=True)]),
        integers=integers,
        network=LaidOut(graph, tuple(counts), layout),
    )


def _only_read_elsewhere(graph: Graph) -> frozenset[int]:
    """Return the inputs of the network that only layers read which do not run in this call."""
    resting = {source for node in graph.nodes if node.resting for source in node.inputs if source < len(graph.inputs)}
    if not resting:
        return frozenset()
    return frozenset(resting.difference(*[node.inputs for node in graph.nodes if not node.training_only]))


def _unread(reads: Sequence[tuple[int, ...]], may_have_macs: Sequence[bool]) -> tuple[int, ...]:
    reaches = [False] * len(reads)
    for index in range(len(reads) - 1, 0, -1):
        if may_have_macs[index] or reaches[index]:
            for source in reads[index]:
                reaches[source] = True
    return tuple([index for index, read in enumerate(reaches) if not read])
