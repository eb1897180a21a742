"""The cost of each layer before bits are chosen: parameters, MACs and elements."""

from collections.abc import Iterator, Sequence
from math import prod
from typing import NamedTuple

from calc.errors import Problem, SpecError
from calc.frozen import FrozenDict
from calc.model.graph import Graph, Node
from calc.model.held import HeldTensor, held_tensors, state_tensors
from calc.ops.base import Input, Parameter, Product, Tensors
from calc.recorded import is_one
from calc.shape import Shapes


class Counts(NamedTuple):
    """The cost of one layer for the whole batch, in elements and MACs. It does not depend on bits.

    ``params`` and ``buffers`` are 0 for a layer that uses the weights of another one. ``products`` has the MACs for
    each weight separately, because their bits differ. ``weight_elements`` counts the parameters that its products
    multiply: its own and those that another layer holds for it. ``other_params`` counts those of ``params`` that no
    product multiplies, such as biases, norms and embeddings. ``held`` has the tensors of both. ``masked_macs`` counts
    the MACs that a causal mask makes unnecessary. ``states`` are what it keeps from call to call, one copy for each
    sample.
    """

    params: int
    buffers: int
    weight_elements: int
    macs: int
    effective_macs: int
    products: tuple[Product, ...]
    elementwise: FrozenDict[str, int]
    output_elements: int
    other_params: int
    held: tuple[HeldTensor, ...] = ()
    masked_macs: int = 0
    states: tuple[HeldTensor, ...] = ()


NOTHING = Counts(0, 0, 0, 0, 0, (), FrozenDict(), 0, 0)
"""The counts of a network without layers."""

MOST_PRODUCTS = 50_000
"""The largest number of products in a network, or 20 for each layer if that is more."""


def count(graph: Graph, batch: int = 1) -> tuple[Counts, ...]:
    """Return the counts of each node of ``graph``, in its order.

    A node that does not depend on the input runs once, whatever the batch, and so does a part of an op that is declared
    so.
    """
    nodes = graph.nodes
    unbatched = frozenset([index for index, node in enumerate(nodes) if not node.batched])
    rows = []
    most = products_left = max(MOST_PRODUCTS, 20 * len(nodes))
    alike: dict[tuple[object, ...], Counts] = {}  # blocks repeat, so equal layers are counted once
    for node in nodes:
        inputs = graph.input_shapes(node)
        constant = tuple([i for i, index in enumerate(node.inputs) if index in unbatched]) if node.batched else ()
        unrun = (node.training_only, node.resting)
        key = (id(node.op), inputs, constant, node.batched, *unrun, tuple(node.tied), node.experts, node.output.role)
        found = alike.get(key)
        if found is None:
            found = alike[key] = _count(node, inputs, constant, node.runs(batch))
        rows.append(found)
        products_left -= len(found.products)
        if products_left < 0:
            fact = f"with this layer the network has more than {most} products"
            raise SpecError([Problem(node.origin, fact, "look for a large num_layers", node.name, node.op.word)])
    if unbatched:
        _count_arriving_weights(graph, rows)
    if any(node.tied for node in nodes):
        _count_tied_weights(graph, rows)
    return tuple(rows)


def arriving_weights(graph: Graph, rows: Sequence[Counts]) -> Iterator[tuple[int, int]]:
    """Yield the layers that multiply a tensor held by another layer, directly or through views, with that layer."""
    nodes = graph.nodes
    for index, node in enumerate(nodes):
        arriving = [product.weight.position for product in rows[index].products if isinstance(product.weight, Input)]
        for k in dict.fromkeys(arriving):
            source = node.inputs[k]
            while nodes[source].op.is_view and nodes[source].inputs:
                source = nodes[source].inputs[0]
            if not nodes[source].batched and not nodes[source].inputs:
                yield index, source


def _count_arriving_weights(graph: Graph, rows: list[Counts]) -> None:
    """Count parameters that another layer holds as weights of the first layer that multiplies them.

    They then do not belong to ``other_params`` of the layer that holds them.
    """
    for index, source in arriving_weights(graph, rows):
        _move(rows, source, index, rows[source].held)


def _count_tied_weights(graph: Graph, rows: list[Counts]) -> None:
    """Count a tensor that its layer only looks up with the first tied layer that multiplies it."""
    seen: set[tuple[int, Parameter]] = set()
    for index, node in enumerate(graph.nodes):
        for weight in [product.weight for product in rows[index].products]:
            if not isinstance(weight, Parameter) or weight.name not in node.tied:
                continue
            owner = node.tied[weight.name]
            if (owner, weight) not in seen and all(product.weight != weight for product in rows[owner].products):
                _move(rows, owner, index, [held for held in rows[owner].held if held.name == weight.name])
            seen.add((owner, weight))


def _move(rows: list[Counts], holder: int, user: int, tensors: Sequence[HeldTensor]) -> None:
    """Count ``tensors`` of ``holder`` as weights of ``user``, which multiplies them."""
    elements = sum([held.copies * prod(held.sizes) for held in tensors])
    left, own = rows[holder], rows[user]
    kept = tuple([held for held in left.held if held not in tensors])
    moved = tuple([held._replace(role="weight") for held in tensors])
    rows[holder] = left._replace(other_params=left.other_params - elements, held=kept)
    rows[user] = own._replace(weight_elements=own.weight_elements + elements, held=(*own.held, *moved))


def _count(node: Node, inputs: Shapes, constant: tuple[int, ...], times: int) -> Counts:
    """Return the counts of ``node``, which runs ``times``.

    ``constant`` are its inputs that do not depend on the network's input.
    """
    op, output, copies = node.op, node.shape, node.copies
    tensors, kept = op.parameters(inputs), op.buffers(inputs)
    if node.tied:
        tensors, kept = _untied(tensors, node), _untied(kept, node)
    params = copies * sum(map(prod, tensors.values())) if tensors else 0
    buffers = copies * sum(map(prod, kept.values())) if kept else 0
    if node.unused:
        held = tuple(held_tensors(node, inputs, tensors, ()))
        return Counts(params, buffers, 0, 0, 0, (), FrozenDict(), 0, params, held)
    elementwise = op.elementwise(inputs, output)
    products = op.macs(inputs, output)
    if not is_one(times):
        elementwise = {kind: times * elements for kind, elements in elementwise.items()}
    if not is_one(times) or copies != 1 or constant:
        products = tuple([_scaled(product, constant, times, copies) for product in products])
    macs = effective_macs = weight_elements = 0
    for product in products:
        macs += product.macs
        effective_macs += product.effective_macs
    if products and tensors:
        used = {product.weight for product in products}
        weight_elements = copies * sum([prod(sizes) for name, sizes in tensors.items() if Parameter(name) in used])
    return Counts(
        params,
        buffers,
        weight_elements,
        macs,
        effective_macs,
        products,
        FrozenDict(elementwise),
        times * output.elements,
        params - weight_elements,
        tuple(held_tensors(node, inputs, tensors, products)) if tensors else (),
        times * op.masked_macs(inputs, output) if products else 0,
        state_tensors(op, inputs, times),
    )


def _untied(tensors: Tensors, node: Node) -> Tensors:
    return {name: sizes for name, sizes in tensors.items() if name not in node.tied}


def _scaled(product: Product, constant: tuple[int, ...], times: int, copies: int) -> Product:
    """Return ``product`` for the whole batch. An operand that does not depend on the input is its weight."""
    if product.weight is None:
        weight = next((operand for operand in product.operands if operand.position in constant), None)
        product = product._replace(weight=weight)
    times = copies if product.per_call and times else times
    if is_one(times):
        return product
    return product._replace(macs=times * product.macs, effective_macs=times * product.effective_macs)
