"""All tensors of a network, activations and parameters, each with its shape, type and role."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from calc.counts import Counts, arriving_weights
from calc.model.graph import Graph, Node
from calc.model.held import held_tensors
from calc.model.tensor import Dtype, Tensor
from calc.ops.base import HeldRole, Parameter, Product
from calc.shape import Shape, Shapes


class GraphTensor(NamedTuple):
    """A tensor of a node. ``parameter`` is its name if the layer holds it, and None if it is the output.

    A layer of experts has one in each of its copies, all with this shape.
    """

    node: int
    parameter: Parameter | None
    tensor: Tensor


def tensors(graph: Graph, counts: Sequence[Counts]) -> tuple[GraphTensor, ...]:
    """Return the tensors of ``graph`` in the order of its nodes. Those that a node holds precede its output.

    A tensor that several layers use is listed at the layer that holds it, with its role there. The tensor of a layer
    without inputs is also its output, and is listed once.
    """
    multiplied = {source for _, source in arriving_weights(graph, counts)}
    found: list[GraphTensor] = []
    for index, node in enumerate(graph.nodes):
        held = _held(node, graph.input_shapes(node), counts[index].products, index in multiplied)
        found += [GraphTensor(index, each, tensor) for each, tensor in held if each.name not in node.tied]
        if node.inputs or node.output.role == "input":
            found.append(GraphTensor(index, None, node.output))
    return tuple(found)


def _held(
    node: Node, inputs: Shapes, products: Sequence[Product], multiplied_elsewhere: bool
) -> Iterator[tuple[Parameter, Tensor]]:
    op = node.op
    for name, sizes, role, _ in held_tensors(node, inputs, op.parameters(inputs), products):
        yield _tensor(node, name, sizes, "weight" if multiplied_elsewhere else role)
    for name, sizes in op.buffers(inputs).items():
        yield _tensor(node, name, sizes, "buffer")


def _tensor(node: Node, name: str, sizes: tuple[int, ...], role: HeldRole) -> tuple[Parameter, Tensor]:
    dtype: Dtype = "int64" if name in node.op.integer_tensors else "float32" if name else node.op.output_dtype
    return Parameter(name), Tensor(Shape(sizes), dtype, role)
