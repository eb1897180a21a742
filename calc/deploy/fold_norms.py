"""Folds a batch norm into the convolution or linear layer before it.

In eval mode a batch norm scales and shifts each channel by numbers that no longer change. A layer that multiplies its
input by weights and adds a bias can do both: its weights for a channel are scaled, its bias is scaled and shifted. A
norm *before* a convolution is left alone: it does not shift the zeros of the padding, and a bias would.
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache

from calc.deploy.rewire import tensors_of, times_read, without
from calc.frozen import FrozenDict
from calc.model.graph import Graph, Node
from calc.ops.base import Op
from calc.ops.batch_norm import BatchNorm, FrozenBatchNorm
from calc.ops.conv import Convolution
from calc.ops.conv_transpose import ConvTranspose
from calc.ops.linear import Linear

FOLDS_INTO = (Convolution, ConvTranspose, Linear)


def is_affine_norm(op: Op) -> bool:
    """Whether ``op`` in eval mode only scales and shifts each channel, by running statistics and not by its input's."""
    return isinstance(op, FrozenBatchNorm) or (isinstance(op, BatchNorm) and op.track_running_stats)


def fold_norms(graph: Graph) -> Graph:
    """``graph`` without the norms that the layer before them can do; that layer then has a bias.

    Nothing else may read the layer, and its weights must be its own. Where several layers have the same weights, each
    must be followed by that very norm, run again: one set of weights cannot hold two norms.
    """
    while pairs := dict(_pairs(graph)):
        with_bias = cache(_with_bias)
        changed = {layer: _biased(graph, layer, with_bias(graph.nodes[layer].op)) for layer in pairs}
        graph = without(graph, {norm: layer for layer, norm in pairs.items()}, changed)
    return graph


def _pairs(graph: Graph) -> Iterator[tuple[int, int]]:
    """Each layer that can take the norm after it, and that norm."""
    nodes, wanted = graph.nodes, times_read(graph)
    after = {nodes[norm].inputs[0]: norm for norm in range(len(nodes)) if _follows(graph, norm, wanted)}
    users = _users(nodes)
    for layer, norm in after.items():
        (holder, *others) = tensors_of(nodes, layer)
        alike = users[holder]
        same_norm = {_norm_itself(nodes, after[user]) if user in after else None for user in alike}
        same_op = {nodes[user].op for user in alike}
        if not others and len(same_norm) == len(same_op) == 1 and None not in same_norm:
            yield layer, norm


def _users(nodes: tuple[Node, ...]) -> dict[int, list[int]]:
    """By node all that use its tensors, itself included."""
    users: dict[int, list[int]] = {}
    for index, node in enumerate(nodes):
        for holder in {index, *node.tied.values()}:
            users.setdefault(holder, []).append(index)
    return users


def _follows(graph: Graph, index: int, wanted: Counter[int]) -> bool:
    """Whether the node ``index`` is an affine norm, and all that reads a layer with weights of its own."""
    norm = graph.nodes[index]
    if norm.training_only or not is_affine_norm(norm.op):
        return False
    layer = graph.nodes[norm.inputs[0]]
    return isinstance(layer.op, FOLDS_INTO) and len(layer.inputs) == 1 and wanted[norm.inputs[0]] == 1


def _norm_itself(nodes: tuple[Node, ...], index: int) -> int:
    """The norm that ``index`` runs again, or ``index``: one that only shares weights has statistics of its own."""
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
