"""Bytes that a call moves between memory and where it is computed: weights, the cache, activations."""

from collections.abc import Sequence
from typing import NamedTuple

from calc.model.graph import Graph
from calc.ops.base import Input
from calc.ops.base.table import TableOp
from calc.precision.states import StoredState
from calc.precision.stored import TensorInFormat
from calc.recorded import minimum
from calc.workload import Workload


class MovedBits(NamedTuple):
    """What one layer moves, in bits, by what it is; ``cache``: entries of earlier calls read, and new ones written.

    ``least_weights``: the weights if all tokens choose the same experts. What no layer with MACs reads or writes, such
    as what a norm hands to an activation, is done on the way and moves nothing.
    """

    weights: int = 0
    cache: int = 0
    activations: int = 0
    least_weights: int = 0

    @property
    def bits(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.activations


STILL = MovedBits()
"""Of a layer that moves nothing."""


def moved_bits(
    work: Workload, stored: Sequence[TensorInFormat], states: Sequence[StoredState], widths: Sequence[int]
) -> tuple[MovedBits, ...]:
    """What each node of the graph moves in a call; ``widths``: the bits that an element of each node's output has.

    A weight is read once, with the layer that holds it or multiplies it first: of experts as many as the tokens of the
    call can choose, of a table the rows of its tokens. A layer with MACs reads each of its inputs once and writes its
    output once. Of the cache, a call reads what earlier ones left and what a token of it sees, and writes what is new.
    """
    weights, least = _weights(work, stored)
    cache = _cache(work, states)
    found = []
    for index, row in enumerate(work.counts):
        is_run = not work.graph.nodes[index].training_only
        activations = _activations(work, index, widths) if row.products and is_run else 0
        read = weights.get(index, 0)
        if read or activations or index in cache:
            found.append(MovedBits(read, cache.get(index, 0), activations, least.get(index, read)))
        else:
            found.append(STILL)
    return tuple(found)


def _weights(work: Workload, stored: Sequence[TensorInFormat]) -> tuple[dict[int, int], dict[int, int]]:
    """The bits of tensors that each node reads; and of those in experts, what they are if all tokens choose the same.

    Of a table of which some elements are read, its bits have that share, rounded up.
    """
    nodes, read = work.graph.nodes, _elements_read(work)
    found: dict[int, int] = {}
    least: dict[int, int] = {}
    for tensor in stored:
        node, index, bits = nodes[tensor.node], tensor.node, tensor.bits
        if node.training_only and index not in read:  # a table that others look rows up in
            continue
        if tensor.role == "embedding" and index in read:
            bits = minimum(bits, -(-bits * read[index] // tensor.elements))
        if node.experts is not None:
            one, active = bits // node.copies, node.experts.active
            least[index] = least.get(index, 0) + one * active
            bits = one * minimum(node.copies, work.batch * node.experts.tokens * active)
        found[index] = found.get(index, 0) + bits
    return found, least


def _elements_read(work: Workload) -> dict[int, int]:
    """By node that holds a table of which a call reads a part, the elements that it reads.

    An embedding reads a row a token. Of what is sliced, what slices take is read.
    """
    nodes, counts = work.graph.nodes, work.counts
    found: dict[int, int] = {}
    whole = set()
    tables = {index for index, node in enumerate(nodes) if node.op.word == "tensor"}
    for index, node in enumerate(nodes):
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
                else:
                    whole.add(source)
    return {index: elements for index, elements in found.items() if index not in whole}


def _cache(work: Workload, states: Sequence[StoredState]) -> dict[int, int]:
    """The bits of what was kept that a call reads, by the first layer with MACs that reads it, and of what it writes.

    Where none reads it as it lies, both stand with the layer that keeps it.
    """
    nodes, storage = work.graph.nodes, work.lifetimes.storage
    readers: dict[int, int] = {}
    keeping = {state.node for state in states}
    for index, node in enumerate(nodes) if states else ():
        for source in node.inputs if work.counts[index].products else ():
            if storage[source] in keeping:
                readers.setdefault(storage[source], index)
    found: dict[int, int] = {}
    for state in states:
        node = nodes[state.node]
        kept = node.op.state(work.graph.input_shapes(node))
        assert kept is not None, "a stored state is of a layer that keeps one"
        for index, entries in ((readers.get(state.node, state.node), kept.read), (state.node, kept.written)):
            if entries:
                bits = state.copies * state.format.stored_bits((entries, *kept.sizes))
                found[index] = found.get(index, 0) + bits
    return found


def _activations(work: Workload, index: int, widths: Sequence[int]) -> int:
    """The bits of the inputs of a layer with MACs, each once, and of its output."""
    nodes, counts, lifetimes = work.graph.nodes, work.counts, work.lifetimes
    node, row = nodes[index], counts[index]
    arriving = {product.weight.position for product in row.products if isinstance(product.weight, Input)}
    bits = row.output_elements * widths[index]
    for source in dict.fromkeys([source for at, source in enumerate(node.inputs) if at not in arriving]):
        if not nodes[source].batched:
            continue  # learnt, and counted with the layer that holds it
        elements, root = counts[source].output_elements, lifetimes.storage[source]
        if nodes[root].output.role == "state":
            elements = _new_part(work.graph, root, elements)
        elif lifetimes.elements[root]:
            elements = minimum(elements, lifetimes.elements[root])  # an expanded view is read once
        bits += elements * widths[source]
    return bits


def _new_part(graph: Graph, keeping: int, elements: int) -> int:
    """Those of ``elements`` of what the node ``keeping`` puts out that this call has made: others are of the cache."""
    node = graph.nodes[keeping]
    kept = node.op.state(graph.input_shapes(node))
    assert kept is not None, "its role is state"
    return elements * kept.new // (kept.read + kept.new)
