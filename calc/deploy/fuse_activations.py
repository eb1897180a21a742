"""Fuses an activation into the layer whose output it reads, so that it has no tensor of its own.

A kernel that computes a convolution, a matrix product or a sum has each value in a register before it writes it, and
can first apply a function of this value. TFLite does so with relu and relu6, and ONNX Runtime, TensorRT, OpenVINO and
XLA also with other functions.
"""

from dataclasses import replace

from calc.deploy.fold_norms import is_affine_norm
from calc.deploy.rewire import times_read
from calc.model.graph import Graph, Node
from calc.ops.activation import Activation
from calc.ops.arithmetic import Arithmetic
from calc.ops.base.kernel import KernelOp
from calc.ops.batch_norm import OverChannels
from calc.ops.linear import Linear

FUSES_INTO = (KernelOp, Linear, Arithmetic, OverChannels)
"""Ops that write value by value. Pools, joins, views and layers of several steps do not."""


def fuse_activations(graph: Graph) -> Graph:
    """Return ``graph`` with each activation marked ``fused`` that is the only reader of the layer before it.

    A norm with running statistics that could not be folded is fused too, because it scales and shifts each value. The
    layers keep their names and elements. An activation that is written as several ops, such as x · relu6(x + 3) / 6, is
    not recognised.
    """
    wanted = times_read(graph)
    nodes: list[Node] = []
    for node in graph.nodes:
        if _is_of_each_value(node) and wanted[node.inputs[0]] == 1 and _writes(nodes[node.inputs[0]]):
            node = node._replace(fused=True)
        nodes.append(node)
    return replace(graph, nodes=tuple(nodes))


def _is_of_each_value(node: Node) -> bool:
    return not node.training_only and (isinstance(node.op, Activation) or is_affine_norm(node.op))


def _writes(node: Node) -> bool:
    return node.fused or isinstance(node.op, FUSES_INTO)
