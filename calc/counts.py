"""What each layer costs before any precision is chosen: parameters, MACs, elements."""

from math import prod
from typing import NamedTuple

from calc.graph import Graph, Node
from calc.ops.base import Elementwise, Product


class Counts(NamedTuple):
    """One layer's cost for the whole batch. Elements and multiplications; nothing in bits yet.

    ``params`` and ``buffers`` are 0 for a layer that uses another's weights. ``products`` keep the MACs
    apart by weight, because their bits differ.
    """

    params: int
    buffers: int
    weight_elements: int
    macs: int
    effective_macs: int
    products: tuple[Product, ...]
    elementwise: Elementwise
    output_elements: int


def count(graph: Graph, batch: int = 1) -> tuple[Counts, ...]:
    """The counts of each node of ``graph``, in its order.

    A node that the input does not reach, and a part of an op that says so, runs once whatever the
    batch. ``weight_elements`` are the parameters used in MACs: those that a policy quantises.
    """
    known: dict[tuple[object, ...], Counts] = {}
    rows = []
    for node in graph.nodes:
        inputs = graph.input_shapes(node)
        unbatched = tuple([i for i, index in enumerate(node.inputs) if not graph.nodes[index].batched])
        key = (id(node.op), inputs, unbatched, node.batched, node.training_only, node.shares is None)
        counts = known.get(key)
        if counts is None:
            counts = known[key] = _count(node, graph, batch)
        rows.append(counts)
    return tuple(rows)


def _count(node: Node, graph: Graph, batch: int) -> Counts:
    op, inputs, output = node.op, graph.input_shapes(node), node.shape
    times = batch if node.batched else 1
    parameters = op.parameters(inputs)
    if node.training_only:
        return Counts(_elements(parameters), _elements(op.buffers(inputs)), 0, 0, 0, (), {}, 0)
    products = tuple([_scaled(product, node, graph, times) for product in op.macs(inputs, output)])
    own = node.shares is None
    return Counts(
        params=_elements(parameters) if own else 0,
        buffers=_elements(op.buffers(inputs)) if own else 0,
        weight_elements=sum(prod(parameters[p.weight]) for p in products if p.weight in parameters) if own else 0,
        macs=sum(product.macs for product in products),
        effective_macs=sum(product.effective_macs for product in products),
        products=products,
        elementwise={kind: times * n for kind, n in op.elementwise(inputs, output).items()},
        output_elements=times * output.elements,
    )


def _elements(tensors: dict[str, tuple[int, ...]]) -> int:
    return sum(map(prod, tensors.values()))


def _scaled(product: Product, node: Node, graph: Graph, times: int) -> Product:
    weight = product.weight
    if weight is None:
        constant = [i for i in product.operands if not graph.nodes[node.inputs[i]].batched]
        if constant and node.batched:
            weight = f"input {constant[0]}"
    if product.per_call:
        times = 1
    return product._replace(weight=weight, macs=times * product.macs, effective_macs=times * product.effective_macs)
