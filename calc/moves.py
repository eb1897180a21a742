"""What a call reads and writes, before any bits are chosen: which tensors, and how many of their elements."""

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
    """Of what the node ``node`` holds: ``elements`` of the ``of`` elements of each of its ``copies``.

    A call reads the ``chosen`` copies, and the ``fewest`` if all of its tokens choose the same experts.
    """

    node: int
    elements: int
    of: int
    copies: int
    chosen: int
    fewest: int

    def bits(self, whole: int, chosen: int) -> int:
        """The bits that are read in ``chosen`` copies, where all of them have ``whole``; a share is rounded up."""
        each = whole // self.copies
        return chosen * (each if self.elements is self.of else minimum(each, -(-each * self.elements // self.of)))


class Moves(NamedTuple):
    """``weights``: what is read of what nodes hold. ``activations``: by node with MACs, the elements that it reads of
    what other nodes put out, and writes of its own. ``readers``: by node that keeps something, the first node with MACs
    that reads it as it lies."""

    weights: tuple[WeightsRead, ...]
    activations: FrozenDict[int, tuple[tuple[int, int], ...]]
    readers: FrozenDict[int, int]


def moves_of(graph: Graph, counts: Sequence[Counts], batch: int, lifetimes: Lifetimes) -> Moves:
    """The moves of a call for ``batch`` samples.

    A weight is read once, with the layer that holds it or multiplies it first: of experts as many as the tokens of the
    call can choose, of a table the rows of its tokens. A layer with MACs reads each of its inputs once and writes its
    output once; what no such layer reads or writes is done on the way. A layer that is not known may read a part of
    what it holds, or of a table, so that none of it is counted.
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
        if node.training_only and index not in read:  # of a table, others may look rows up
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
    """By node that holds a table of which a call reads a part, the elements that it reads.

    An embedding reads a row a token. Of what is sliced, what slices take is read.
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
    """The output of a node with MACs, and each of its inputs once, with the elements that it reads of it."""
    node, row, nodes = graph.nodes[index], counts[index], graph.nodes
    arriving = {product.weight.position for product in row.products if isinstance(product.weight, Input)}
    found = [(index, row.output_elements)]
    for source in dict.fromkeys([source for at, source in enumerate(node.inputs) if at not in arriving]):
        if not nodes[source].batched:
            continue  # learnt, and counted with the layer that holds it
        elements, root = counts[source].output_elements, lifetimes.storage[source]
        if nodes[root].output.role == "state":
            elements = _new_part(graph, root, elements)
        elif lifetimes.elements[root]:
            elements = minimum(elements, lifetimes.elements[root])  # an expanded view is read once
        found.append((source, elements))
    return found


def _new_part(graph: Graph, keeping: int, elements: int) -> int:
    """Those of ``elements`` of what the node ``keeping`` puts out that this call has made: others are of the cache."""
    node = graph.nodes[keeping]
    kept = node.op.state(graph.input_shapes(node))
    assert kept is not None, "its role is state"
    return elements * kept.new // (kept.read + kept.new)
