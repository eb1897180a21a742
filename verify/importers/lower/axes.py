"""Operations that reorder, add, remove or expand axes."""

from calc.errors import OpError
from calc.importing import BatchAxis, Value
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import is_batch, is_batch_alone, own_axis, put, regrouped_to, without_batch_of_one


@lowers("permute", "transpose.int", "swapaxes", "swapdims", "t", "movedim.int", "movedim.intlist", "numpy_T", "mT")
def reordered(op: Operation) -> Value:
    """Return axes in another order: a permute, or no layer if only the batch moves."""
    x = op.value("self")
    return permuted(op, x, _order(op, len(x.sizes)))


def permuted(op: Operation, x: Value, order: list[int]) -> Value:
    """Return ``x`` with its axes in another order: axis i of the result is axis ``order[i]`` of ``x``."""
    sizes = tuple([x.sizes[axis] for axis in order])
    batch = None if x.batch is None else x.batch._replace(axis=order.index(x.batch.axis))
    kept = [axis for axis in range(len(x.sizes)) if not is_batch_alone(x, axis)]
    places = [kept.index(axis) for axis in order if axis in kept]
    made = Value(x.node, sizes, batch)
    if places == sorted(places):
        return made
    return put(op, "permute", [x.node], made, dims=(0, *[at + 1 for at in places]))


def _order(op: Operation, rank: int) -> list[int]:
    if op.has("dims"):
        return [dim % rank for dim in op["dims"]]
    order = list(range(rank))
    if op.has("source"):
        source, destination = (_each(op[name], rank) for name in ("source", "destination"))
        rest = [axis for axis in order if axis not in source]
        for at, axis in sorted(zip(destination, source, strict=True)):
            rest.insert(at, axis)
        return rest
    if "numpy_T" in op.target:
        return order[::-1]
    first, second = _swapped(op)
    if rank > 1:
        order[first], order[second] = order[second], order[first]
    return order


def _each(dims: int | list[int], rank: int) -> list[int]:
    return [dim % rank for dim in (dims if isinstance(dims, list) else [dims])]


def _swapped(op: Operation) -> tuple[int, int]:
    for names in (("dim0", "dim1"), ("axis0", "axis1")):
        if op.has(names[0]):
            return op[names[0]], op[names[1]]
    return -2, -1


@lowers("unsqueeze")
def unsqueeze(op: Operation) -> Value:
    """Return a new axis of size 1."""
    x = op.value("self")
    return unsqueezed(op, x, op["dim"])


def unsqueezed(op: Operation, x: Value, dim: int) -> Value:
    """Return ``x`` with an axis of size 1 at ``dim`` of the result."""
    axis = dim % (len(x.sizes) + 1)
    sizes = (*x.sizes[:axis], 1, *x.sizes[axis:])
    batch = x.batch
    if batch is not None and axis <= batch.axis:
        batch = batch._replace(axis=batch.axis + 1)
    made = Value(-1, sizes, batch)
    return put(op, "unsqueeze", [x.node], made, dim=own_axis(made, axis))


@lowers("squeeze")
def squeeze(op: Operation) -> Value:
    """Remove axes of size 1: the given ones, or all."""
    x = op.value("self")
    dims = op.get("dim", list(range(len(x.sizes))))
    return squeezed(op, x, [dims] if isinstance(dims, int) else dims)


def squeezed(op: Operation, x: Value, dims: list[int]) -> Value:
    """Return ``x`` without the axes among ``dims`` that have size 1."""
    axes = _each(dims, len(x.sizes))
    alone = without_batch_of_one(op, x)
    if x.batch is not None and alone is not None and x.batch.axis in axes:
        return squeezed(op, alone, [axis - (axis > x.batch.axis) for axis in axes if axis != x.batch.axis])
    gone = [axis for axis in axes if x.sizes[axis] == 1 and not is_batch(x, axis)]
    if not gone:
        return x
    sizes = tuple([size for axis, size in enumerate(x.sizes) if axis not in gone])
    batch = x.batch and x.batch._replace(axis=x.batch.axis - sum(axis < x.batch.axis for axis in gone))
    made = Value(-1, sizes, batch)
    own = [own_axis(x, axis) for axis in gone]
    dim = own[0] if len(own) == 1 else tuple(own)
    return put(op, "squeeze", [x.node], made, dim=dim)


@lowers("expand", "expand_as", "broadcast_to")
def expand(op: Operation) -> Value:
    """Expand axes of size 1. An expansion over the batch needs no layer."""
    return spread(op, op.value("self"), op.sizes, op.batch)


def spread(op: Operation, x: Value, sizes: tuple[int, ...], batch: BatchAxis | None) -> Value:
    """Return ``x`` expanded to ``sizes``: new axes in front, and axes of size 1.

    ``batch`` is the batch axis of the result.
    """
    new = len(sizes) - len(x.sizes)
    if x.batch is not None:
        made = Value(-1, sizes, x.batch._replace(axis=x.batch.axis + new))
        if batch is None or batch.axis != x.batch.axis + new or batch.folded != x.batch.folded:
            raise OpError("expands the axis of the batch")
    else:
        made = Value(-1, sizes, batch)
        x = _without_batch(op, x, made)
    if op.draft.sizes(x.node) == made.sample:
        return made._replace(node=x.node)
    return put(op, "expand", [x.node], made, shape=made.sample)


def _without_batch(op: Operation, x: Value, made: Value) -> Value:
    """Return ``x``, which has no batch, without the axis of size 1 that the batch of ``made`` replaces."""
    axis = -1 if made.batch is None else made.batch.axis - (len(made.sizes) - len(x.sizes))
    if axis < 0 or made.batch is None or made.batch.folded > 1:
        return x
    return x._replace(node=regrouped_to(op, x, (*x.sizes[:axis], *x.sizes[axis + 1 :])))


@lowers("repeat", "tile")
def repeat(op: Operation) -> Value:
    """Return elements repeated along axes. Repeats along the batch axis are folded into the batch, or need no layer."""
    x, sizes, batch = op.value("self"), op.sizes, op.batch
    while len(x.sizes) < len(sizes):
        x = unsqueezed(op, x, 0)
    if x.batch is None:
        if batch is not None and (x.sizes[batch.axis] != 1 or batch.folded > 1):
            raise OpError("repeats an axis longer than 1 over the axis of the batch")
        made = Value(-1, sizes, batch)
        node = _without_batch(op, x, made).node
    else:
        assert batch is not None
        by = batch.folded // x.batch.folded
        made = Value(-1, sizes, x.batch._replace(outer=x.batch.outer * by))
        node = with_folded(op, x) if by > 1 else x.node
    times = tuple([size // before for size, before in zip(made.sample, op.draft.sizes(node), strict=True)])
    if all(time == 1 for time in times):
        return made._replace(node=node)
    return put(op, "tile", [node], made, repeats=times)


@lowers("repeat_interleave.self_int")
def repeat_interleave(op: Operation) -> Value:
    """Return each position of an axis repeated. Along the batch axis, each sample gets that number of positions."""
    x, repeats = op.value("self"), op["repeats"]
    axis = op["dim"] % len(x.sizes)
    if repeats == 1:
        return x
    if not is_batch(x, axis):
        made = Value(-1, op.sizes, x.batch)
        return put(op, "repeat_interleave", [x.node], made, repeats=repeats, dim=own_axis(x, axis))
    assert x.batch is not None
    made = Value(-1, op.sizes, x.batch._replace(inner=x.batch.inner * repeats))
    if x.batch.folded > 1:
        return put(op, "repeat_interleave", [x.node], made, repeats=repeats, dim=axis + 1)
    return put(op, "expand", [with_folded(op, x)], made, shape=made.sample)


def with_folded(op: Operation, x: Value) -> int:
    """Return the node of ``x`` with an axis for the axes that are folded into the batch.

    Its size is 1 if there are none.
    """
    assert x.batch is not None
    if x.batch.folded > 1:
        return x.node
    axis = x.batch.axis
    return regrouped_to(op, x, (*x.sizes[:axis], 1, *x.sizes[axis + 1 :]))
