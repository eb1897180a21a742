"""Operations that take parts of an axis: a slice or a select for each part that is used."""

import operator
from collections.abc import Callable, Iterable
from typing import Any

from torch import fx

from calc.errors import OpError
from calc.importing import Value
from verify.importers.operation import Operation
from verify.importers.refused import ONE_TENSOR
from verify.importers.registry import lowers
from verify.importers.steps import is_batch, own_axis, put, without_batch_of_one


@lowers("slice.Tensor", "narrow")
def part(op: Operation) -> Value:
    """Return positions of an axis from a start to an end, possibly with a step."""
    x = op.value("self")
    if (op.sizes, op.batch) == (x.sizes, x.batch):  # the whole axis, whose end may be the batch size
        return x
    axis = op["dim"] % len(x.sizes)
    start = op.get("start", 0)
    if op.has("length"):
        start %= x.sizes[axis] or 1
        return sliced(op, x, axis, start, start + op["length"])
    return sliced(op, x, axis, start, op.get("end"), op.get("step", 1))


def sliced(op: Operation, x: Value, axis: int, start: int, end: int | None, step: int = 1) -> Value:
    """Return ``x[start:end:step]`` along ``axis``; ``x`` itself if the slice is the whole axis."""
    size = x.sizes[axis]
    if is_batch(x, axis):
        if range(size)[start:end:step] == range(size):
            return x
        raise OpError("selects a part of the axis of the batch", "every sample must go through the network on its own")
    if range(size)[start:end:step] == range(size):
        return x
    if not range(size)[start:end:step]:  # an empty part, which only a concatenation accepts
        return Value(-1, (*x.sizes[:axis], 0, *x.sizes[axis + 1 :]), x.batch)
    sizes = (*x.sizes[:axis], len(range(size)[start:end:step]), *x.sizes[axis + 1 :])
    fields: dict[str, Any] = {"start": start} if start else {}
    if end is not None and end < size:
        fields["end"] = end
    if step != 1:
        fields["step"] = step
    return put(op, "slice", [x.node], x._replace(sizes=sizes), dim=own_axis(x, axis), **fields)


@lowers("select.int")
def select(op: Operation) -> Value:
    """Return one position of an axis."""
    x = op.value("self")
    return selected(op, x, op["dim"] % len(x.sizes), op["index"])


def selected(op: Operation, x: Value, axis: int, index: int) -> Value:
    """Return ``x[index]`` along ``axis``."""
    if is_batch(x, axis):
        alone = without_batch_of_one(op, x)
        if alone is not None:
            return alone
        hint = "every sample must go through the network on its own"
        is_input = op.node.all_input_nodes[0].op == "placeholder"
        raise OpError("takes one sample of the batch", f"{hint}; {ONE_TENSOR}" if is_input else hint)
    batch = x.batch
    if batch is not None and axis < batch.axis:
        batch = batch._replace(axis=batch.axis - 1)
    made = Value(-1, (*x.sizes[:axis], *x.sizes[axis + 1 :]), batch)
    return put(op, "select", [x.node], made, dim=own_axis(x, axis), index=index)


@lowers("unbind.int")
def unbind(op: Operation) -> tuple[Value | None, ...]:
    """Return the positions of an axis, each as a tensor; None for those that are not used."""
    x = op.value("self")
    axis = op["dim"] % len(x.sizes)
    return _used(op.node, x.sizes[axis], lambda index: selected(op, x, axis, index))


@lowers("chunk", "split.Tensor", "split.sizes", "split_with_sizes", "tensor_split.sections",
        "tensor_split.indices", "unsafe_chunk", "unsafe_split.Tensor", "unsafe_split_with_sizes")  # fmt: skip
def split(op: Operation) -> tuple[Value | None, ...]:
    """Return the parts of an axis, each as a tensor; None for those that are not used."""
    x = op.value("self")
    axis = op["dim"] % len(x.sizes)
    count = len(op.node.meta["val"])
    ends = [0]
    for index in range(count):
        ends.append(ends[-1] + op.output(index)[0][axis])
    take = _samples if is_batch(x, axis) else sliced
    return _used(op.node, count, lambda index: take(op, x, axis, ends[index], ends[index + 1]))


def _samples(op: Operation, x: Value, axis: int, start: int, end: int) -> Value:
    """Return whole batches from several that were concatenated. ``start`` and ``end`` are positions for one sample."""
    assert x.batch is not None
    if start % x.batch.inner or end % x.batch.inner or (start, end) == (0, x.batch.folded):
        return sliced(op, x, axis, start, end)
    batch = x.batch._replace(outer=(end - start) // x.batch.inner)
    made = Value(-1, (*x.sizes[:axis], batch.folded, *x.sizes[axis + 1 :]), batch)
    if batch.folded == 1:
        return put(op, "select", [x.node], made, dim=axis + 1, index=start)
    return put(op, "slice", [x.node], made, dim=axis + 1, start=start, end=end)


def _used(node: fx.Node, count: int, make: Callable[[int], Value]) -> tuple[Value | None, ...]:
    """Make each of ``count`` parts that is read; the others are None."""
    read = set(_indices(node.users))
    return tuple([make(index) if index in read else None for index in range(count)])


def _indices(users: Iterable[fx.Node]) -> Iterable[int]:
    for user in users:
        if user.target is operator.getitem and user.users:
            yield user.args[1]  # type: ignore[misc]  # getitem of a tuple has an index
