"""Which outputs share a storage: a view lies in the storage of what it views, unless its shape needs a copy."""

from collections.abc import Sequence

from calc.model.graph import Node
from calc.strides import Strides, contiguous, in_order_of, spread


def storages(nodes: Sequence[Node]) -> tuple[int, ...]:
    """Per node the node that made the storage of its output.

    As PyTorch in eval mode. Outputs are taken to be contiguous where an op neither is a view nor works element by
    element.
    """
    made = list(range(len(nodes)))
    scattered: dict[int, Strides] = {}  # of the outputs that are not contiguous
    for index, node in enumerate(nodes):
        if not node.inputs or node.training_only:
            continue
        op, sizes = node.op, node.shape.sizes
        if op.is_view:
            source = node.inputs[0]
            given = nodes[source].shape.sizes
            strides = op.view_strides(given, scattered.get(source) or contiguous(given), sizes)
            if strides is None:
                continue
            made[index] = made[source]
        elif op.keeps_order and any(each in scattered for each in node.inputs):
            strides = in_order_of([_spread(nodes, scattered, each, sizes) for each in node.inputs], sizes)
        else:
            continue
        if strides != contiguous(sizes):
            scattered[index] = strides
    return tuple(made)


def _spread(nodes: Sequence[Node], scattered: dict[int, Strides], index: int, sizes: tuple[int, ...]) -> Strides:
    given = nodes[index].shape.sizes
    return spread(given, scattered.get(index) or contiguous(given), sizes)
