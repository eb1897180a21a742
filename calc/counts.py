"""What each layer costs before any precision is chosen: parameters, MACs, elements."""

from math import prod
from typing import NamedTuple

from calc.graph import Graph, Node
from calc.ops.base import Elementwise, Product, Tensors
from calc.shape import Shapes


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


Known = dict[tuple[object, ...], tuple[Counts, object]]
"""Counts of one batch by the op's id, inputs and what else they depend on; the op, so that its id stays its own."""


def count(graph: Graph, batch: int = 1, known: Known | None = None) -> tuple[Counts, ...]:
    """The counts of each node of ``graph``, in its order.

    A node that the input does not reach, and a part of an op that says so, runs once whatever the
    batch. ``weight_elements`` are the parameters used in MACs: those that a policy quantises. ``known``
    carries counts from one graph of a spec to the next, at the same batch.
    """
    if known is None:
        known = {}
    nodes = graph.nodes
    shapes = [node.shape for node in nodes]
    unbatched = frozenset([index for index, node in enumerate(nodes) if not node.batched])
    rows = []
    for node in nodes:
        _, op, sources, _, _, batched, training_only, shares, _ = node
        inputs = (shapes[sources[0]],) if len(sources) == 1 else tuple([shapes[index] for index in sources])
        constant = tuple([i for i, index in enumerate(sources) if index in unbatched]) if unbatched and batched else ()
        key = (id(op), inputs, constant, batched, training_only, shares)
        found = known.get(key)
        if found is None:
            found = known[key] = (_count(node, inputs, constant, batch if batched else 1), op)
        rows.append(found[0])
    return tuple(rows)


def _count(node: Node, inputs: Shapes, constant: tuple[int, ...], times: int) -> Counts:
    """The counts of ``node``; ``constant`` are its inputs that the network's input does not reach."""
    op, output = node.op, node.shape
    parameters = op.parameters(inputs)
    params, buffers = _elements(parameters), _elements(op.buffers(inputs))
    if node.training_only:
        return Counts(params, buffers, 0, 0, 0, (), {}, 0)
    elementwise = op.elementwise(inputs, output)
    if times != 1:
        elementwise = {kind: times * elements for kind, elements in elementwise.items()}
    products = op.macs(inputs, output)
    if times != 1 or constant:
        products = tuple([_scaled(product, constant, times) for product in products])
    weights = [product.weight for product in products]
    own = node.shares is None
    return Counts(
        params if own else 0,
        buffers if own else 0,
        _elements({name: sizes for name, sizes in parameters.items() if name in weights}) if own and weights else 0,
        sum([product.macs for product in products]),
        sum([product.effective_macs for product in products]),
        products,
        elementwise,
        times * output.elements,
    )


def _elements(tensors: Tensors) -> int:
    return sum([prod(sizes) for sizes in tensors.values()])


def _scaled(product: Product, constant: tuple[int, ...], times: int) -> Product:
    """``product`` for the whole batch; an operand that does not come from the input is its weight."""
    if product.weight is None:
        operands = [i for i in product.operands if i in constant]
        if operands:
            product = product._replace(weight=f"input {operands[0]}")
    if times == 1 or product.per_call:
        return product
    return product._replace(macs=times * product.macs, effective_macs=times * product.effective_macs)
