"""Further layers that an operation becomes beside or instead of its own op, and where the batch is in them."""

from collections.abc import Sequence
from typing import Any

from calc.importing.value import BatchAxis, Value
from verify.importers.operation import Operation


def put(op: Operation, word: str, nodes: Sequence[int], made: Value, **fields: Any) -> Value:
    """``made`` as the output of a new layer ``word`` that reads ``nodes``."""
    index = op.draft.add(op.name(word), word, nodes, made.sample, **fields)
    return made._replace(node=index)


def regrouped_to(op: Operation, value: Value, sizes: Sequence[int]) -> int:
    """The node of ``value`` with the sizes ``sizes`` of one sample."""
    return op.draft.regroup(op.within, value.node, tuple(sizes))


def as_sample(op: Operation, x: Value) -> Value:
    """``x``; if it has no batch and its first axis has size 1, this axis is taken as a batch of one."""
    if x.batch is not None or not x.sizes or x.sizes[0] != 1:
        return x
    return x._replace(node=regrouped_to(op, x, x.sizes[1:]), batch=BatchAxis(0))


def without_batch_of_one(op: Operation, x: Value) -> Value | None:
    """``x``, the first input of ``op``, without the axis that ``as_sample`` took as a batch.

    None if samples of the network are on that axis, or if there is none.
    """
    if x.batch is None or op.grows_with_the_batch(op.node.args[0]):
        return None
    return x._replace(sizes=x.sample, batch=None)


def is_batch(value: Value, axis: int) -> bool:
    """Whether the foreign ``axis`` is that of the batch."""
    return value.batch is not None and value.batch.axis == axis


def is_batch_alone(value: Value, axis: int) -> bool:
    """Whether the foreign ``axis`` holds the batch and nothing else, so that a sample does not have it."""
    return value.batch is not None and value.batch.axis == axis and value.batch.folded == 1


def own_axis(value: Value, axis: int) -> int:
    """The foreign ``axis`` as a dim of calc, also if it is folded into the batch."""
    before = value.batch is not None and value.batch.folded == 1 and value.batch.axis < axis
    return axis + (0 if before else 1)
