"""Concatenation of tensors along an existing axis or a new one."""

from calc.errors import OpError
from calc.importing import Value
from verify.importers.lower.axes import unsqueezed, with_folded
from verify.importers.operation import Operation, is_empty
from verify.importers.registry import lowers
from verify.importers.steps import is_batch, own_axis, put


@lowers("cat", "concat", "concatenate")
def concat(op: Operation) -> Value:
    """Return the concatenation along an existing axis."""
    given = op["tensors"]
    values = [op.valued(each) for each in [each for each in given if not is_empty(each)] or given]
    return joined(op, values, op["dim"] % len(values[0].sizes))


def joined(op: Operation, values: list[Value], axis: int) -> Value:
    """Return ``values``, one after another along ``axis``."""
    if len(values) == 1:
        return values[0]
    first = next((value for value in values if value.batch is not None), values[0])
    if is_batch(first, axis):
        return _joined_samples(op, values, axis)
    sizes = (*first.sizes[:axis], sum(value.sizes[axis] for value in values), *first.sizes[axis + 1 :])
    made = first._replace(sizes=sizes)
    nodes = [value.node for value in op.aligned(values)]
    return put(op, "concat", nodes, made, dim=own_axis(first, axis))


def _joined_samples(op: Operation, values: list[Value], axis: int) -> Value:
    """Return concatenated batches. Each sample has its part of every batch, on a further axis."""
    inner = {value.batch.inner if is_batch(value, axis) and value.batch else 0 for value in values}
    if len(inner) > 1 or 0 in inner:
        raise OpError("concatenates along the axis of the batch", "every sample must go through the network on its own")
    batches = [value.batch for value in values if value.batch is not None]
    batch = batches[0]._replace(outer=sum(each.outer for each in batches))
    made = Value(-1, (*values[0].sizes[:axis], batch.folded, *values[0].sizes[axis + 1 :]), batch)
    return put(op, "concat", [with_folded(op, value) for value in values], made, dim=axis + 1)


@lowers("stack")
def stack(op: Operation) -> Value:
    """Return the concatenation along a new axis."""
    values = [op.valued(each) for each in op["tensors"]]
    first = next((value for value in values if value.batch is not None), values[0])
    axis = op["dim"] % (len(first.sizes) + 1)
    if len(values) == 1:
        return unsqueezed(op, first, axis)
    batch = first.batch
    if batch is not None and axis <= batch.axis:
        batch = batch._replace(axis=batch.axis + 1)
    made = Value(-1, (*first.sizes[:axis], len(values), *first.sizes[axis:]), batch)
    nodes = [value.node for value in op.aligned(values)]
    return put(op, "stack", nodes, made, dim=own_axis(made, axis))


@lowers("hstack", "vstack", "dstack")
def named_stack(op: Operation) -> Value:
    """Return the concatenation along the axis that the name of the operation gives."""
    values = [op.valued(each) for each in op["tensors"]]
    axis = {"h": 0 if len(values[0].sizes) == 1 else 1, "v": 0, "d": 2}[op.target.removeprefix("aten.")[0]]
    return joined(op, values, axis)
