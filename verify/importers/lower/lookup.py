"""Selects constant positions of an axis, rows of tables, and windows over one axis."""

from math import prod
from typing import Any

import torch
from torch import fx

from calc.errors import OpError
from calc.importing import Value
from verify.importers.held import Derived, Held
from verify.importers.lower.axes import permuted
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import is_batch, is_batch_alone, own_axis, put, regrouped_to

LONGEST = 64
"""The most positions that a spec lists. More positions become a tensor of indices, if no input reaches the tensor."""


@lowers("index.Tensor", "_unsafe_index.Tensor")
def index(op: Operation) -> Value:
    """Return positions of one axis, or of several at once, given by tensors of indices."""
    given: list[Any] = op["indices"]
    indexed = [axis for axis, each in enumerate(given) if each is not None]
    if _is_table(op, given):
        return embedding_of(op, op["self"], given[0])
    x = op.value("self")
    if indexed == [0, 1] and is_batch_alone(x, 0) and op.numbers_samples(given[0]):
        return _of_each_sample(op, x, given)
    found = [op.constant(given[axis]) for axis in indexed]
    if any(each is None for each in found):
        raise OpError("selects positions that depend on the network's input", "only constant positions can be imported")
    known = [each for each in found if each is not None]
    if len(known) == 1 and known[0].dtype == torch.bool:
        if known[0].ndim != 1:
            raise OpError("selects positions by a mask over several axes")
        known = [known[0].nonzero().flatten()]
    if indexed != list(range(indexed[0], indexed[0] + len(indexed))):
        raise OpError("selects positions of axes that are not neighbours")
    axis, count = indexed[0], len(indexed)
    if any(is_batch(x, each) for each in indexed):
        raise OpError(
            "selects positions of the axis of the batch", "every sample must go through the network on its own"
        )
    if count > 1:
        x, known = _as_one_axis(op, x, axis, known)
    return taken(op, x, axis, known[0], given[axis] if count == 1 else None)


def _is_table(op: Operation, given: list[Any]) -> bool:
    """Return whether the indices depend on an input, so that they look up rows of a table."""
    return len(given) == 1 and isinstance(given[0], Value) and op.constant(given[0]) is None


def _of_each_sample(op: Operation, x: Value, given: list[Any]) -> Value:
    """Return positions of the second axis, given with the numbers of the samples: ``x[samples, positions]``."""
    positions = op.constant(given[1])
    if positions is None:
        raise OpError("selects positions that depend on the network's input", "only constant positions can be imported")
    rank = op.batch.axis + len(op.sizes) - len(x.sizes) + 2 if op.batch else 0
    if op.batch is None or op.batch.axis != 0 or rank < positions.ndim:
        raise OpError("selects positions of several samples together", "every sample must have positions of its own")
    positions = positions.reshape((1,) * (rank - positions.ndim) + tuple(positions.shape))[0]
    if torch.equal(positions.flatten(), torch.arange(x.sizes[1])):
        return Value(-1, op.sizes, op.batch)._replace(node=regrouped_to(op, x, Value(-1, op.sizes, op.batch).sample))
    return taken(op, x, 1, positions)


def _as_one_axis(op: Operation, x: Value, axis: int, indices: list[torch.Tensor]) -> tuple[Value, list[torch.Tensor]]:
    """Return ``x`` with several axes joined to one, and the indices of this axis."""
    sizes = x.sizes[axis : axis + len(indices)]
    flat = torch.zeros((), dtype=torch.int64)
    for size, each in zip(sizes, indices, strict=True):  # the sizes of the indices broadcast
        flat = flat * size + each % size
    merged = (*x.sizes[:axis], prod(sizes), *x.sizes[axis + len(indices) :])
    batch = x.batch
    if batch is not None and axis < batch.axis:
        batch = batch._replace(axis=batch.axis - len(indices) + 1)
    made = Value(-1, merged, batch)
    return made._replace(node=regrouped_to(op, x, made.sample)), [flat]


def taken(op: Operation, x: Value, axis: int, positions: torch.Tensor, source: Any = None) -> Value:
    """Return the ``positions`` of ``axis``; their axes replace it.

    ``source`` is the tensor that contains them, if any.
    """
    batch = x.batch
    if batch is not None and axis < batch.axis:
        batch = batch._replace(axis=batch.axis + positions.ndim - 1)
    made = Value(-1, (*x.sizes[:axis], *positions.shape, *x.sizes[axis + 1 :]), batch)
    if x.batch is None and (positions.numel() > LONGEST or positions.ndim > 1):
        return _looked_up(op, x, axis, positions, source, made)
    flat = positions.flatten() % x.sizes[axis]
    sizes = (*x.sizes[:axis], len(flat), *x.sizes[axis + 1 :])
    fields = {"dim": own_axis(x, axis), "indices": tuple(flat.tolist())}
    found = put(op, "index", [x.node], x._replace(sizes=sizes), **fields)
    return made._replace(node=regrouped_to(op, found, made.sample))


def _looked_up(op: Operation, x: Value, axis: int, positions: torch.Tensor, source: Any, made: Value) -> Value:
    """Return rows of a table by a tensor of indices.

    ``axis`` is moved to the front, and each of its positions is a row.
    """
    rank = len(x.sizes)
    first = permuted(op, x, [axis, *[other for other in range(rank) if other != axis]])
    rest = first.sizes[1:]
    table = regrouped_to(op, first, (x.sizes[axis], prod(rest)))
    ids = _ids(op, positions, source, x.sizes[axis])
    fields = {"num_embeddings": x.sizes[axis], "embedding_dim": prod(rest)}
    rows = put(op, "embedding", [ids, table], Value(-1, (*positions.shape, prod(rest)), None), **fields)
    sizes = (*positions.shape, *rest)
    whole = Value(regrouped_to(op, rows, sizes), sizes, None)
    places, others = list(range(positions.ndim)), [positions.ndim + at for at in range(len(rest))]
    return permuted(op, whole, [*others[:axis], *places, *others[axis:]])._replace(sizes=made.sizes)


def _ids(op: Operation, positions: torch.Tensor, source: Any, size: int) -> int:
    is_whole = isinstance(source, (Held, Derived)) and bool((positions >= 0).all())
    if is_whole:
        return op.valued(source).node
    return op.made(positions % size, "indices").node


@lowers("index_select")
def index_select(op: Operation) -> Value:
    """Return positions of one axis, in any order."""
    x = op.value("self")
    positions = op.constant(op["index"])
    axis = op["dim"] % len(x.sizes)
    if positions is None or is_batch(x, axis):
        raise OpError("selects positions that depend on the network's input", "only constant positions can be imported")
    return taken(op, x, axis, positions, op["index"])


@lowers("gather")
def gather(op: Operation) -> Value:
    """Return elements at positions that depend on the input, of a tensor with one number everywhere: this number."""
    table = op.constant(op["self"])
    if table is None or not table.numel() or bool((table != table.flatten()[0]).any()):
        fact = "selects elements at positions that depend on the network's input"
        raise OpError(fact, "near: index, for positions that are the same in every sample")
    sizes, batch = op.output(0)
    return op.made(torch.full(Value(-1, sizes, batch).sample, table.flatten()[0].item(), dtype=table.dtype), "values")


@lowers("embedding")
def embedding(op: Operation) -> Value:
    """Return rows of a table by token id."""
    return embedding_of(op, op["weight"], op["indices"])


def embedding_of(op: Operation, table: Any, ids: Any) -> Value:
    """Return rows of ``table`` by ``ids``; the table is the layer's own or an input."""
    read = op.valued(ids)
    sizes = op.sizes_of(table)
    if len(sizes) != 2:
        raise OpError(f"looks up rows of a table with {len(sizes)} axes, but calc's embedding needs 2")
    fields: dict[str, Any] = {"num_embeddings": sizes[0], "embedding_dim": sizes[1]}
    padding = op.get("padding_idx", -1)
    if padding >= 0:
        fields["padding_idx"] = padding
    return op.layer("embedding", read, tensors={"weight": table}, batch=read.batch, **fields)


@lowers("embedding_bag.padding_idx", "embedding_bag.default")
def embedding_bag(op: Operation) -> tuple[Value, None, None, None]:
    """Return one vector for each of several consecutive bags of ids, which all have the same length."""
    ids, offsets = op.value("indices"), op.argument("offsets")
    length = _step(offsets)
    if length is None or op.get("per_sample_weights") is not None or ids.batch is None:
        raise OpError(
            "reads bags of different lengths, or with weights", "only ids in rows of one length can be imported"
        )
    rows, features = op.sizes_of(op["weight"])
    bags = ids.batch.folded // length
    made = Value(-1, *op.output(0))
    node = regrouped_to(op, ids, (bags, length) if bags > 1 else (length,))
    fields: dict[str, Any] = {"num_embeddings": rows, "embedding_dim": features}
    if op["mode"] != 1:
        fields["mode"] = ("sum", "mean", "max")[op["mode"]]
    if op.get("padding_idx", -1) >= 0:
        fields["padding_idx"] = op["padding_idx"]
    found = op.placed("embedding_bag", [node], {"weight": op["weight"]}, made.sample, fields)
    return made._replace(node=found), None, None, None


def _step(offsets: Any) -> int | None:
    """Return the step of the range ``offsets``, if it starts at 0 and has a constant step; else None."""
    if not isinstance(offsets, fx.Node) or str(offsets.target) != "aten.arange.start_step" or offsets.args[0] != 0:
        return None
    step = offsets.args[2] if len(offsets.args) > 2 else 1
    return step if isinstance(step, int) else None


@lowers("unfold.default")
def windows(op: Operation) -> Value:
    """Return windows over one axis. The axis then counts the windows, and a new last axis has the elements of each."""
    x = op.value("self")
    axis, size, step = op["dimension"] % len(x.sizes), op["size"], op["step"]
    if is_batch(x, axis):
        raise OpError(
            "makes windows along the axis of the batch", "every sample must go through the network on its own"
        )
    starts = torch.arange(0, x.sizes[axis] - size + 1, step)
    positions = starts[:, None] + torch.arange(size)
    found = taken(op, x, axis, positions)
    order = [at for at in range(len(found.sizes)) if at != axis + 1]
    return permuted(op, found, [*order, axis + 1])
