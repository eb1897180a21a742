"""Folds a norm with running statistics into the convolution or linear layer before it.

In evaluation mode such a norm scales and shifts each channel by constant numbers. A layer that multiplies its input by
weights and adds a bias can do both: its weights for a channel are scaled, and its bias is scaled and shifted. A norm
*before* a convolution is not folded, because it does not shift the zeros of the padding, and a bias would.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from calc.deploy.rewire import tensors_of, times_read, without
from calc.frozen import FrozenDict
from calc.model.graph import Graph, Node
from calc.ops.base import Op
from calc.ops.batch_norm import BatchNorm, FrozenBatchNorm
from calc.ops.conv import Convolution
from calc.ops.conv_transpose import ConvTranspose
from calc.ops.instance_norm import InstanceNorm
from calc.ops.linear import Linear

FOLDS_INTO = (Convolution, ConvTranspose, Linear)


def is_affine_norm(op: Op) -> bool:
    """Return True if ``op`` in evaluation mode only scales and shifts each channel, by running statistics."""
    return isinstance(op, FrozenBatchNorm) or (isinstance(op, (BatchNorm, InstanceNorm)) and op.track_running_stats)


def fold_norms(graph: Graph) -> Graph:
    """Return ``graph`` without the norms that can be folded into the layer before them. Such a layer then has a bias.

    Nothing else may read the layer, and its weights must be its own. If several layers have the same weights, each must
    be followed by the same norm, run again, because one set of weights cannot contain two norms.
    """
    instead = dict(_folded(graph))
    with_bias = cache(_with_bias)
    changed = {layer: _biased(graph, layer, with_bias(graph.nodes[layer].op)) for layer in instead.values()}
    return without(graph, instead, changed) if instead else graph


def _folded(graph: Graph) -> Iterator[tuple[int, int]]:
    """Yield each norm that can be folded, with its layer. Several norms in a row have the same layer."""
    nodes = graph.nodes
    after = _norms_after(graph)
    rows = {index: tuple(_in_a_row(after, index)) for index, node in enumerate(nodes) if _has_its_own_weight(node)}
    for holder, alike in _users(nodes).items():
        if len({nodes[user].op for user in alike}) > 1 or any(tensors_of(nodes, user) != {holder} for user in alike):
            continue
        for norms in zip(*[rows.get(user, ()) for user in alike], strict=False):
            if len({_norm_itself(nodes, norm) for norm in norms}) > 1:
                break
            yield from zip(norms, alike, strict=True)


def _norms_after(graph: Graph) -> dict[int, int]:
    """Return, for each node, the affine norm that is its only reader."""
    wanted = times_read(graph)
    norms = [i for i, node in enumerate(graph.nodes) if is_affine_norm(node.op) and not node.training_only]
    return {graph.nodes[norm].inputs[0]: norm for norm in norms if wanted[graph.nodes[norm].inputs[0]] == 1}


def _in_a_row(after: Mapping[int, int], index: int) -> Iterator[int]:
    while index in after:
        index = after[index]
        yield index


def _has_its_own_weight(node: Node) -> bool:
    return isinstance(node.op, FOLDS_INTO) and len(node.inputs) == 1


def _users(nodes: tuple[Node, ...]) -> dict[int, list[int]]:
    """Return, for each node, all nodes that use its tensors, including itself."""
    users: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        for holder in {index, *node.tied.values()}:
            users.setdefault(holder, []).append(index)
    return users


def _norm_itself(nodes: tuple[Node, ...], index: int) -> int:
    """Return the norm that ``index`` runs again, or ``index``.

    A norm that only shares weights has its own statistics.
    """
    return next(iter(tensors_of(nodes, index))) if nodes[index].again else index


def _biased(graph: Graph, index: int, op: Op) -> Node:
    node = graph.nodes[index]
    tied = node.tied
    if tied and "bias" not in tied:
        tied = FrozenDict(tied | {"bias": next(iter(tied.values()))})
    return node._replace(op=op, tied=tied)


def _with_bias(op: Op) -> Op:
    values = op.values()
    return op if values["bias"] else type(op)(**(values | {"bias": True}))
