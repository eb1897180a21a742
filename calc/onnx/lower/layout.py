"""Ops that rearrange elements and compute nothing: reshapes, transposes and concatenations."""

from collections.abc import Sequence
from math import prod
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import BatchAxis, batch_axis, regrouped
from calc.onnx.call import NodeCall
from calc.onnx.stored import FileTensor
from calc.onnx.values import Fixed, Flow, HeldWeight, KnownNumbers, Sizes, Thing, sizes_text

ONE_AT_A_TIME = "The file runs for one sample at a time only: its reshapes name the size of the batch."


def reshape(call: NodeCall) -> list[Thing | None]:
    """Convert Reshape. The size 0 keeps a size of the input, and −1 is computed from the other sizes."""
    thing = call.thing(0)
    wanted = call.integers_at_batches(1)
    keep_zero = bool(call.attribute("allowzero", 0))
    if not isinstance(thing, Flow):
        return [_held_as(thing, _resolved(thing.sizes, wanted[0], keep_zero))]
    both = zip(call.building.batches, wanted, strict=True)
    return [resized(call, thing, [_resolved(thing.at(batch), each, keep_zero) for batch, each in both])]


def _resolved(sizes: Sizes, wanted: Sequence[int], keep_zero: bool) -> Sizes:
    """Return ``wanted`` with sizes in place of 0 and −1. Raises OpError if they cannot be resolved."""
    if any(size == 0 and at >= len(sizes) for at, size in enumerate(wanted)) and not keep_zero:
        raise OpError(f"the sizes {list(wanted)[:8]} have 0 for an axis that {sizes_text(sizes)} does not have")
    found = [sizes[at] if size == 0 and not keep_zero else size for at, size in enumerate(wanted)]
    if found.count(-1) > 1 or min(found, default=1) < -1:
        raise OpError(f"a tensor cannot have the sizes {list(wanted)[:8]}")
    if -1 in found:
        rest = -prod(found)
        found[found.index(-1)] = prod(sizes) // rest if rest else 0
    return tuple(found)


def _held_as(thing: Fixed, sizes: Sizes) -> Fixed:
    if isinstance(thing, HeldWeight):
        if prod(sizes) != thing.elements:
            raise OpError(
                f"{sizes_text(thing.sizes)} becomes {sizes_text(sizes)}, which has another number of elements"
            )
        return thing.reshaped(sizes)
    return KnownNumbers(tuple([each.reshape(sizes) for each in thing.at]))


def resized(call: NodeCall, x: Flow, at_batches: Sequence[Sizes]) -> Flow:
    """Return the elements of ``x`` in the given sizes, one tuple for each batch size.

    Raises OpError if samples mix.
    """
    batches = call.building.batches
    for batch, sizes in zip(batches, at_batches, strict=True):
        if prod(sizes) != prod(x.at(batch)) or 0 in sizes:
            if batch == batches[0]:
                raise OpError(
                    f"{sizes_text(x.at(batch))} becomes {sizes_text(sizes)}, which has another number of elements"
                )
            call.building.remarks.setdefault(ONE_AT_A_TIME)
            return _resized(call, x, at_batches[0], batches[0])
    if len(batches) == 1 or x.value.batch is None:
        if any(sizes != at_batches[0] for sizes in at_batches):
            raise OpError("its sizes grow with the batch, but its input does not")
        return _resized(call, x, at_batches[0], batches[0])
    place = batch_axis(at_batches[0], batches[0], at_batches[1], batches[1])
    place = regrouped(x.value, at_batches[0], place)
    if place is None:
        return _resized(call, x, at_batches[0], batches[0])
    return _regrouped(call, x, at_batches[0], place)


def _resized(call: NodeCall, x: Flow, sizes: Sizes, batch: int) -> Flow:
    """Return the elements of ``x`` for a single batch size.

    The axis of the batch is found from the order of the elements in memory. At a batch of 1 several axes may fit. The
    last axis has the features, so the batch is folded into it only if no other axis fits.
    """
    if x.value.batch is None:
        return _regrouped(call, x, sizes, None)
    before = x.value.before_batch
    found = []
    for axis, size in enumerate(sizes):
        front = prod(sizes[:axis])
        outer, rest = divmod(before, front)
        if not rest and size % (outer * batch) == 0:
            inner = size // (outer * batch)
            into_features = axis > 0 and axis == len(sizes) - 1 and inner > 1
            found.append((into_features, outer != 1, axis, BatchAxis(axis, outer, inner)))
    if not found:
        raise OpError(f"it mixes samples: {sizes_text(x.at(batch))} becomes {sizes_text(sizes)}")
    chosen = min(found)[-1]
    return _regrouped(call, x, (*sizes[: chosen.axis], chosen.folded, *sizes[chosen.axis + 1 :]), chosen)


def _regrouped(call: NodeCall, x: Flow, sizes: Sizes, batch: BatchAxis | None) -> Flow:
    wanted = Value(0, sizes, batch).sample
    index = call.draft.regroup(call.prefix, x.node, wanted)
    return Flow(Value(index, sizes, batch), x.bits, x.is_bool)


def flatten(call: NodeCall) -> list[Thing | None]:
    """Convert Flatten: the axes before one become one axis, and those from it on another."""
    thing = call.thing(0)
    axis = call.attribute("axis", 1)
    if not isinstance(thing, Flow):
        at = axis % max(len(thing.sizes), 1) if axis < 0 else axis
        return [_held_as(thing, (prod(thing.sizes[:at]), prod(thing.sizes[at:])))]
    at = thing.rank + axis if axis < 0 else axis
    sizes = [thing.at(batch) for batch in call.building.batches]
    return [resized(call, thing, [(prod(each[:at]), prod(each[at:])) for each in sizes])]


def squeeze(call: NodeCall) -> list[Thing | None]:
    """Convert Squeeze, which removes the named axes, or all axes of size 1."""
    thing = call.thing(0)
    given = call.integers(1) if call.has(1) else call.attribute("axes")
    sizes = thing.sizes if not isinstance(thing, Flow) else thing.at(call.building.batches[0])
    if given is None:
        given = [axis for axis, size in enumerate(sizes) if size == 1]
        if len(call.building.batches) > 1 and isinstance(thing, Flow):
            given = [axis for axis in given if axis != thing.batch]
    axes = [axis % len(sizes) for axis in given]
    if any(sizes[axis] != 1 for axis in axes):
        raise OpError(f"it removes the axes {list(axes)[:8]} of {sizes_text(sizes)}, but not all of them have size 1")
    if not isinstance(thing, Flow):
        return [_held_as(thing, tuple([size for axis, size in enumerate(sizes) if axis not in axes]))]
    batch = thing.value.batch
    left = tuple([size for axis, size in enumerate(thing.sizes) if axis not in axes])
    if batch is not None and batch.axis in axes:
        if len(call.building.batches) > 1:
            raise OpError(f"it removes axis {batch.axis}, which is the batch axis")
        return [_regrouped(call, thing, left, None)]
    if batch is not None:
        batch = batch._replace(axis=batch.axis - sum([axis < batch.axis for axis in axes]))
    return [_regrouped(call, thing, left, batch)]


def unsqueeze(call: NodeCall) -> list[Thing | None]:
    """Convert Unsqueeze, which adds axes of size 1."""
    thing = call.thing(0)
    given = call.integers(1) if call.has(1) else call.attribute("axes")
    if given is None:
        raise OpError("it names no axes")
    rank = len(thing.sizes) + len(given)
    axes = [axis % rank for axis in given]
    old = [axis for axis in range(rank) if axis not in axes]
    sizes = [1] * rank
    if len(old) != len(thing.sizes):
        raise OpError(f"axes {list(given)[:8]} name an axis twice")
    for axis, size in zip(old, thing.sizes, strict=True):
        sizes[axis] = size
    if not isinstance(thing, Flow):
        return [_held_as(thing, tuple(sizes))]
    batch = thing.value.batch
    return [_regrouped(call, thing, tuple(sizes), None if batch is None else batch._replace(axis=old[batch.axis]))]


def transpose(call: NodeCall) -> list[Thing | None]:
    """Convert Transpose, a new order of the axes. If only the batch axis moves, no layer is needed."""
    thing = call.thing(0)
    rank = len(thing.sizes)
    order = tuple([axis + rank if axis < 0 else axis for axis in call.attribute("perm", range(rank)[::-1])])
    if sorted(order) != list(range(rank)):
        raise OpError(f"perm={list(order)[:8]} is not an order of the {rank} axes of {sizes_text(thing.sizes)}")
    if isinstance(thing, HeldWeight):
        return [thing.transposed(order)]
    if isinstance(thing, KnownNumbers):
        return [KnownNumbers(tuple([each.transpose(order) for each in thing.at]))]
    batch = thing.value.batch
    own = [axis for axis in range(rank) if batch is None or axis != batch.axis or batch.folded > 1]
    dims = tuple([own.index(axis) + 1 for axis in order if axis in own])
    node = thing.node
    if dims != tuple(range(1, len(own) + 1)):
        node = call.layer("permute", (node,), dims=(0, *dims))
    moved = None if batch is None else batch._replace(axis=order.index(batch.axis))
    sizes = tuple([thing.sizes[axis] for axis in order])
    return [Flow(Value(node, sizes, moved), thing.bits, thing.is_bool)]


def concat(call: NodeCall) -> list[Thing | None]:
    """Convert Concat along an axis other than the batch axis."""
    things = [call.spread(call.thing(at)) for at in range(len(call.things))]
    things = [thing for thing in things if 0 not in thing.sizes] or things
    if len(things) == 1:
        return [things[0]]
    held = [thing for thing in things if isinstance(thing, HeldWeight) and thing.codes is None]
    if len(held) == len(things):
        return [_joined(call, held)]
    factors = _factors(call, things)
    if factors is not None:
        return [factors]
    flows = [thing for thing in things if isinstance(thing, Flow)]
    places = {flow.value.batch for flow in flows if flow.value.batch is not None}
    if len(places) > 1:
        raise OpError("the batch is on different axes of its inputs, so it mixes samples")
    batch = places.pop() if places else None
    rank = len(things[0].sizes)
    axis = call.attribute("axis", 1) % max(rank, 1)
    if batch is not None and axis == batch.axis:
        raise OpError(f"it concatenates along axis {axis}, which is the batch axis")
    nodes, total = [], 0
    for thing in things:
        if len(thing.sizes) != rank:
            raise OpError(f"{sizes_text(things[0].sizes)} and {sizes_text(thing.sizes)} cannot be concatenated")
        total += thing.sizes[axis]
        nodes.append(_whole(call, thing, batch))
    first = flows[0] if flows else call.flow(0)
    sizes = (*first.sizes[:axis], total, *first.sizes[axis + 1 :])
    dim = Flow(Value(nodes[0], sizes, batch)).dim(axis)
    widths = {flow.bits for flow in flows}
    bits = max(widths) if None not in widths and len(flows) == len(things) else None  # type: ignore[type-var]  # no None
    return [Flow(Value(call.layer("concat", nodes, dim=dim), sizes, batch), bits)]


def _factors(call: NodeCall, things: Sequence[Thing]) -> KnownNumbers | None:
    """Return the factors of a Resize, which old exporters compute from sizes and join to ones that the file stores.

    The result is None for all other tensors.
    """
    reader = call.building.only_reader(call.node.outputs[0])
    fixed = [thing for thing in things if not isinstance(thing, Flow)]
    if reader is None or reader.op not in ("Resize", "Upsample") or len(fixed) < len(things):
        return None
    import numpy as np

    batches = range(len(call.building.batches))
    parts = [
        [thing.at[at] if isinstance(thing, KnownNumbers) else thing.numbers() for thing in fixed] for at in batches
    ]
    return KnownNumbers(tuple([np.concatenate(each) for each in parts]))


def _joined(call: NodeCall, held: list[HeldWeight]) -> HeldWeight:
    """Return the tensors of the file concatenated into one tensor."""
    first = held[0]
    axis = call.attribute("axis", 1) % max(len(first.sizes), 1)
    total = sum([tensor.sizes[axis] for tensor in held])
    sizes = (*first.sizes[:axis], total, *first.sizes[axis + 1 :])
    learnt = any(tensor.stored.learnt for tensor in held)
    return HeldWeight(
        FileTensor(call.node.outputs[0], sizes, first.stored.type, joined=(axis, tuple(held)), learnt=learnt), sizes
    )


def _whole(call: NodeCall, thing: Thing, batch: BatchAxis | None) -> int:
    """Return a node for ``thing`` with the same axes in each sample as the other operands, whose batch is at
    ``batch``.
    """
    if batch is None or (isinstance(thing, Flow) and thing.value.batch is not None):
        return thing.node if isinstance(thing, Flow) else call.tensor(thing, thing.sizes).node
    sizes = thing.sizes
    if batch.folded == 1:
        if sizes[batch.axis] != 1:
            raise OpError(
                f"{sizes_text(sizes)} has {sizes[batch.axis]} positions on axis {batch.axis}, which is the batch axis"
            )
        sizes = (*sizes[: batch.axis], *sizes[batch.axis + 1 :])
    if isinstance(thing, Flow):
        return call.draft.regroup(call.prefix, thing.node, sizes)
    return call.tensor(thing, sizes or (1,)).node


RULES: dict[str, Any] = {
    "Reshape": reshape, "Flatten": flatten, "Squeeze": squeeze, "Unsqueeze": unsqueeze, "Transpose": transpose,
    "Concat": concat,
}  # fmt: skip
