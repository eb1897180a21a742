"""What each layer costs before any precision is chosen: parameters, MACs, elements."""

from math import prod
from typing import NamedTuple

from calc.errors import Problem, SpecError
from calc.frozen import FrozenDict
from calc.model.graph import Graph, Node
from calc.ops.base import Product
from calc.shape import Shapes


class Counts(NamedTuple):
    """One layer's cost for the whole batch. Elements and multiplications; nothing in bits yet.

    ``params`` and ``buffers`` are 0 for a layer that uses another's weights. ``products`` keep the MACs
    apart by weight, because their bits differ. ``lent``: of ``params``, those that are weights of another layer,
    in whose ``weight_elements`` they are; there it is negative, so that it is 0 in all.
    """

    params: int
    buffers: int
    weight_elements: int
    macs: int
    effective_macs: int
    products: tuple[Product, ...]
    elementwise: FrozenDict[str, int]
    output_elements: int
    lent: int = 0


NOTHING = Counts(0, 0, 0, 0, 0, (), FrozenDict(), 0)
"""What no layer at all costs."""

_INPUT = "input "
MOST_PRODUCTS = 50_000
"""Of all layers; of a network with very many layers 20 times as many."""


def count(graph: Graph, batch: int = 1) -> tuple[Counts, ...]:
    """The counts of each node of ``graph``, in its order.

    A node that the input does not reach, and a part of an op that says so, runs once whatever the
    batch. ``weight_elements`` are the parameters used in MACs: those that a policy quantises.
    """
    nodes = graph.nodes
    unbatched = frozenset([index for index, node in enumerate(nodes) if not node.batched])
    rows = []
    most = products_left = max(MOST_PRODUCTS, 20 * len(nodes))
    alike: dict[tuple[object, ...], Counts] = {}  # blocks repeat: what is equal is counted once
    for node in nodes:
        inputs = graph.input_shapes(node)
        constant = tuple([i for i, index in enumerate(node.inputs) if index in unbatched]) if node.batched else ()
        key = (id(node.op), inputs, constant, node.batched, node.training_only, node.shares)
        found = alike.get(key)
        if found is None:
            found = alike[key] = _count(node, inputs, constant, batch if node.batched else 1)
        rows.append(found)
        products_left -= len(found.products)
        if products_left < 0:
            fact = f"with this layer the network has more than {most} products"
            raise SpecError([Problem(node.origin, fact, "look for a large num_layers", node.name, node.op.word)])
    return _lent(graph, rows, unbatched) if unbatched else tuple(rows)


def _lent(graph: Graph, rows: list[Counts], unbatched: frozenset[int]) -> tuple[Counts, ...]:
    """``rows`` with the tensors that arrive at a layer as its weights, straight or through views, counted with it."""
    nodes = graph.nodes
    for index, node in enumerate(nodes):
        arriving = [each.weight for each in rows[index].products if each.weight and each.weight.startswith(_INPUT)]
        for k in dict.fromkeys([int(weight.removeprefix(_INPUT)) for weight in arriving]):
            source = node.inputs[k]
            while nodes[source].op.is_view and nodes[source].inputs:
                source = nodes[source].inputs[0]
            free = rows[source].params - rows[source].weight_elements - rows[source].lent
            if source in unbatched and not nodes[source].inputs and free:
                rows[source] = rows[source]._replace(lent=rows[source].lent + free)
                borrowed = rows[index]
                rows[index] = borrowed._replace(
                    weight_elements=borrowed.weight_elements + free, lent=borrowed.lent - free
                )
    return tuple(rows)


def _count(node: Node, inputs: Shapes, constant: tuple[int, ...], times: int) -> Counts:
    """The counts of ``node``; ``constant`` are its inputs that the network's input does not reach."""
    op, output = node.op, node.shape
    tensors = op.parameters(inputs)
    params = buffers = 0
    if node.shares is None:
        kept = op.buffers(inputs)
        params = sum(map(prod, tensors.values())) if tensors else 0
        buffers = sum(map(prod, kept.values())) if kept else 0
    if node.training_only:
        return Counts(params, buffers, 0, 0, 0, (), FrozenDict(), 0)
    elementwise = op.elementwise(inputs, output)
    products = op.macs(inputs, output)
    if times != 1:
        elementwise = {kind: times * elements for kind, elements in elementwise.items()}
    if times != 1 or constant:
        products = tuple([_scaled(product, constant, times) for product in products])
    macs = effective_macs = weight_elements = 0
    for product in products:
        macs += product.macs
        effective_macs += product.effective_macs
    if node.shares is None and products:
        used = {product.weight for product in products}
        weight_elements = sum([prod(sizes) for name, sizes in tensors.items() if name in used])
    return Counts(
        params,
        buffers,
        weight_elements,
        macs,
        effective_macs,
        products,
        FrozenDict(elementwise),
        times * output.elements,
    )


def _scaled(product: Product, constant: tuple[int, ...], times: int) -> Product:
    """``product`` for the whole batch; an operand that does not come from the input is its weight."""
    if product.weight is None:
        operands = [i for i in product.operands if i in constant]
        if operands:
            product = product._replace(weight=f"{_INPUT}{operands[0]}")
    if times == 1 or product.per_call:
        return product
    return product._replace(macs=times * product.macs, effective_macs=times * product.effective_macs)
