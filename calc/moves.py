"""The tensors that a call reads and writes, and how many of their elements, before bits are chosen."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import NamedTuple

from calc.counts import Counts
from calc.frozen import FrozenDict
from calc.memory import Lifetimes
from calc.model.graph import Graph
from calc.ops.base import Input
from calc.ops.base.table import TableOp
from calc.recorded import minimum


class WeightsRead(NamedTuple):
    """The weights of ``node`` that are read: ``elements`` of the ``of`` elements in each of its ``copies``.

    A call reads the ``chosen`` copies. If all of its tokens choose the same experts, it reads the ``fewest``.
    """

    node: int
    elements: int
    of: int
    copies: int
    chosen: int
    fewest: int

    def bits(self, whole: int, chosen: int) -> int:
        """Return the bits that are read if all copies together have ``whole`` bits. A fraction is rounded up."""
        each = whole // self.copies
        return chosen * (each if self.elements is self.of else minimum(each, -(-each * self.elements // self.of)))


class Moves(NamedTuple):
    """The reads and writes of a call.

    ``weights`` says what is read of the tensors that nodes hold. ``activations`` has, for each node with MACs, the
    elements of other nodes' outputs that it reads and those of its own that it writes. ``readers`` has, for each node
    that keeps a state, the first node with MACs that reads the state as it is stored.
    """

    weights: tuple[WeightsRead, ...]
    activations: FrozenDict[int, tuple[tuple[int, int], ...]]
    readers: FrozenDict[int, int]


def moves_of(graph: Graph, counts: Sequence[Counts], batch: int, lifetimes: Lifetimes) -> Moves:
    """Return the reads and writes of a call for ``batch`` samples.

    A weight is read once, by the layer that holds it or multiplies it first. Of experts, as many are read as the tokens
    can choose, and of a table the rows of the tokens. A layer with MACs reads each of its inputs once and writes its
    output once. What no such layer reads or writes is computed on the way. An unknown layer may read only a part of its
    weights or of a table, so none of it is counted.
    """
    nodes = graph.nodes
    running = [bool(row.products) and not node.training_only for node, row in zip(nodes, counts, strict=True)]
    readers: dict[int, int] = {}
    for index, node in enumerate(nodes):
        for source in node.inputs if running[index] else ():
            if nodes[lifetimes.storage[source]].output.role == "state":
                readers.setdefault(lifetimes.storage[source], index)
    activations = {
        index: tuple(_activations(graph, counts, lifetimes, index)) for index, runs in enumerate(running) if runs
    }
    return Moves(_weights(graph, counts, batch), FrozenDict(activations), FrozenDict(readers))


def _weights(graph: Graph, counts: Sequence[Counts], batch: int) -> tuple[WeightsRead, ...]:
    read = _elements_read(graph, counts)
    found = []
    for index, (node, row) in enumerate(zip(graph.nodes, counts, strict=True)):
        if not row.held or "work" in node.unknown:
            continue
        if node.training_only and index not in read:  # other layers may look up rows of a table
            continue
        of = sum([prod(tensor.sizes) for tensor in row.held])
        elements = read.get(index, of) if all(tensor.role == "embedding" for tensor in row.held) else of
        chosen = fewest = copies = node.copies
        if node.experts is not None:
            fewest = node.experts.active
            chosen = minimum(copies, batch * node.experts.tokens * fewest)
        found.append(WeightsRead(index, elements, of, copies, chosen, fewest))
    return tuple(found)


def _elements_read(graph: Graph, counts: Sequence[Counts]) -> Mapping[int, int]:
    """Return the elements that a call reads of tables that are read in part, by the node that holds the table.

    An embedding reads one row per token. A slice reads what it takes.
    """
    found: dict[int, int] = {}
    whole = set()
    tables = {index for index, node in enumerate(graph.nodes) if node.op.word == "tensor"}
    for index, node in enumerate(graph.nodes):
        if node.training_only:
            continue
        if isinstance(node.op, TableOp):
            holder = node.tied.get("weight", index) if len(node.inputs) == 1 else node.inputs[1]
            rows = counts[node.inputs[0]].output_elements
            found[holder] = found.get(holder, 0) + rows * node.op.embedding_dim
        elif tables:
            for source in tables.intersection(node.inputs):
                if node.op.word == "slice":
                    found[source] = found.get(source, 0) + node.shape.elements
                elif "work" in node.unknown:
                    found.setdefault(source, 0)
                else:
                    whole.add(source)
    return {index: elements for index, elements in found.items() if index not in whole}


def _activations(graph: Graph, counts: Sequence[Counts], lifetimes: Lifetimes, index: int) -> list[tuple[int, int]]:
    """Return the output of a node with MACs and each of its inputs once, with the number of elements that it reads."""
    node, row, nodes = graph.nodes[index], counts[index], graph.nodes
    arriving = {product.weight.position for product in row.products if isinstance(product.weight, Input)}
    found = [(index, row.output_elements)]
    for source in dict.fromkeys([source for at, source in enumerate(node.inputs) if at not in arriving]):
        if not nodes[source].batched:
            continue  # a learnt tensor, which is counted with the layer that holds it
        elements, root = counts[source].output_elements, lifetimes.storage[source]
        if nodes[root].output.role == "state":
            elements = _new_part(graph, root, elements)
        elif lifetimes.elements[root]:
            elements = minimum(elements, lifetimes.elements[root])  # an expanded view is read once
        found.append((source, elements))
    return found


def _new_part(graph: Graph, keeping: int, elements: int) -> int:
    """Return the part of ``elements`` that this call has computed. The others come from the cache of ``keeping``."""
    node = graph.nodes[keeping]
    kept = node.op.state(graph.input_shapes(node))
    assert kept is not None, "its role is state"
    return elements * kept.new // (kept.read + kept.new)
