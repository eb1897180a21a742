"""Layers that an operation becomes beside, or instead of, one of its own name, and where the batch stands in them."""

from collections.abc import Sequence
from typing import Any

from calc.importing.value import BatchAxis, Value
from verify.importers.operation import Operation


def put(op: Operation, word: str, nodes: Sequence[int], made: Value, **fields: Any) -> Value:
    """``made`` as what a new layer ``word`` puts out that reads ``nodes``."""
    index = op.draft.add(op.name(word), word, nodes, made.sample, **fields)
    return made._replace(node=index)


def regrouped_to(op: Operation, value: Value, sizes: Sequence[int]) -> int:
    """The node of ``value`` with the sizes ``sizes`` of one sample."""
    return op.draft.regroup(op.within, value.node, tuple(sizes))


def as_sample(op: Operation, x: Value) -> Value:
    """``x``; where it has no batch and its first axis is 1 long, that axis taken for a batch of one."""
    if x.batch is not None or not x.sizes or x.sizes[0] != 1:
        return x
    return x._replace(node=regrouped_to(op, x, x.sizes[1:]), batch=BatchAxis(0))


def without_batch_of_one(op: Operation, x: Value) -> Value | None:
    """``x``, the first that ``op`` reads, without the axis that ``as_sample`` took for a batch.

    None where samples of the network stand on it, or there is none.
    """
    if x.batch is None or op.grows_with_the_batch(op.node.args[0]):
        return None
    return x._replace(sizes=x.sample, batch=None)


def is_batch(value: Value, axis: int) -> bool:
    """Whether the foreign ``axis`` is that of the batch."""
    return value.batch is not None and value.batch.axis == axis


def is_batch_alone(value: Value, axis: int) -> bool:
    """Whether the foreign ``axis`` is that of the batch and nothing else, so that a sample has no such axis."""
    return value.batch is not None and value.batch.axis == axis and value.batch.folded == 1


def own_axis(value: Value, axis: int) -> int:
    """The foreign ``axis`` as a dim of ours, also where it is what is folded into the batch."""
    before = value.batch is not None and value.batch.folded == 1 and value.batch.axis < axis
    return axis + (0 if before else 1)
