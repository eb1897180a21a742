"""Adds further layers for an operation, and converts foreign axes to calc's axes."""

from collections.abc import Sequence
from typing import Any

from calc.importing.value import BatchAxis, Value
from verify.importers.operation import Operation


def put(op: Operation, word: str, nodes: Sequence[int], made: Value, **fields: Any) -> Value:
    """Add a layer ``word`` that reads ``nodes``, and return ``made`` as its output."""
    index = op.draft.add(op.name(word), word, nodes, made.sample, **fields)
    return made._replace(node=index)


def regrouped_to(op: Operation, value: Value, sizes: Sequence[int]) -> int:
    """Return the node of ``value``, reshaped if needed so that one sample has the ``sizes``."""
    return op.draft.regroup(op.within, value.node, tuple(sizes))


def as_sample(op: Operation, x: Value) -> Value:
    """Return ``x``. If it has no batch and its first axis has size 1, this axis is taken as a batch of one."""
    if x.batch is not None or not x.sizes or x.sizes[0] != 1:
        return x
    return x._replace(node=regrouped_to(op, x, x.sizes[1:]), batch=BatchAxis(0))


def without_batch_of_one(op: Operation, x: Value) -> Value | None:
    """Return ``x``, the first input of ``op``, without the axis that ``as_sample`` took as a batch.

    None if ``x`` has no batch, or if the batch is that of the network.
    """
    if x.batch is None or op.grows_with_the_batch(op.node.args[0]):
        return None
    return x._replace(sizes=x.sample, batch=None)


def is_batch(value: Value, axis: int) -> bool:
    """Return whether the foreign ``axis`` is the batch axis."""
    return value.batch is not None and value.batch.axis == axis


def is_batch_alone(value: Value, axis: int) -> bool:
    """Return whether the foreign ``axis`` is only the batch, without folded axes, so that a sample does not have it."""
    return value.batch is not None and value.batch.axis == axis and value.batch.folded == 1


def own_axis(value: Value, axis: int) -> int:
    """Return the foreign ``axis`` in calc's numbering, in which the batch is axis 0."""
    before = value.batch is not None and value.batch.folded == 1 and value.batch.axis < axis
    return axis + (0 if before else 1)
