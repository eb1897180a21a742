"""Ops that take parts of tensors or make them longer: slices, splits, padding and repetition."""

from collections.abc import Sequence
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import batch_axis
from calc.onnx.broadcast import broadcast_sizes
from calc.onnx.call import NodeCall
from calc.onnx.constants import slices, split_sizes
from calc.onnx.values import Flow, HeldWeight, KnownNumbers, Sizes, Thing, sizes_text


def part(call: NodeCall) -> list[Thing | None]:
    """Convert Slice, which takes the positions of axes from a start to an end."""
    thing = call.thing(0)
    arrays = [None, *[call.numbers_at_first_batch(at) for at in range(1, len(call.things))]]
    sizes = thing.at(call.building.batches[0]) if isinstance(thing, Flow) else thing.sizes
    taken = slices(call.node, arrays, sizes)
    if isinstance(thing, Flow) and thing.batch is not None:
        _check_samples(call, thing, taken[thing.batch])
    for axis, each in enumerate(taken):
        if isinstance(thing, Flow) and not thing.is_batch(axis) and not range(sizes[axis])[each]:
            return [_nothing((*thing.sizes[:axis], 0, *thing.sizes[axis + 1 :]), len(call.building.batches))]
        if not isinstance(thing, Flow):
            if isinstance(thing, HeldWeight) and each.step in (None, 1):
                thing = thing.part(axis, *each.indices(sizes[axis])[:2])
                continue
            thing = call.tensor(thing, thing.sizes)
        thing = sliced(call, thing, axis, each)
    return [thing]


def _nothing(sizes: Sizes, batches: int) -> KnownNumbers:
    """Return a part without elements. Only a concatenation accepts it, and leaves it out."""
    from numpy import zeros

    return KnownNumbers((zeros(sizes),) * batches)


def _check_samples(call: NodeCall, x: Flow, taken: slice) -> None:
    """Raise OpError unless the slice keeps all samples of the batch."""
    arrays = [None, *[call.numbers_at_last_batch(at) for at in range(1, len(call.things))]]
    sizes = x.at(call.building.batches[-1])
    assert x.batch is not None
    last = slices(call.node, arrays, sizes)[x.batch]
    if range(sizes[x.batch])[last] != range(sizes[x.batch]):
        raise OpError(f"it takes only some samples: {taken.start} to {taken.stop} on axis {x.batch}, the batch axis")


def sliced(call: NodeCall, x: Flow, axis: int, taken: slice) -> Flow:
    """Return ``x`` with only the positions of ``axis`` that a Python slice takes."""
    size = x.sizes[axis]
    whole = x.at(call.building.batches[0])[axis]
    positions = range(whole)[taken]
    if positions == range(whole):
        return x
    if x.is_batch(axis):
        raise OpError(f"it takes {len(positions)} of {whole} positions on axis {axis}, which is the batch axis")
    if not positions:
        raise OpError(f"it takes none of the {size} positions on axis {axis}")
    dim, step = x.dim(axis), positions.step
    node = x.node
    if step < 0:
        node = call.layer("flip", (node,), name=call.beside("flip"), dim=dim)
        positions = range(size)[size - 1 - positions[0] : size - positions[-1] : -step]
        if positions == range(size):
            return Flow(Value(node, x.sizes, x.value.batch), x.bits)
    end = positions[-1] + 1
    fields: dict[str, Any] = {
        "start": positions[0],
        "end": None if end + abs(step) > size and end >= size - abs(step) + 1 else end,
    }
    if fields["end"] is None and len(range(size)[positions[0] :: abs(step)]) != len(positions):
        fields["end"] = end
    index = call.layer("slice", (node,), dim=dim, step=abs(step), **fields)
    sizes = (*x.sizes[:axis], len(positions), *x.sizes[axis + 1 :])
    return Flow(Value(index, sizes, x.value.batch), x.bits, x.is_bool)


def split(call: NodeCall) -> list[Thing | None]:
    """Convert Split to one slice for each output that is read."""
    thing = call.thing(0)
    axis = call.attribute("axis", 0) % max(len(thing.sizes), 1)
    given = call.integers(1) if call.has(1) else call.attribute("split")
    lengths = split_sizes(thing.sizes[axis], len(call.node.outputs), given)
    if sum(lengths) != thing.sizes[axis] or len(lengths) != len(call.node.outputs) or min(lengths) < 0:
        raise OpError(f"its {len(call.node.outputs)} parts of {lengths[:8]} do not fit an axis of {thing.sizes[axis]}")
    found: list[Thing | None] = []
    start = 0
    for name, length in zip(call.node.outputs, lengths, strict=True):
        stop = start + length
        if not name or not call.building.reads(name):
            found.append(None)
        elif isinstance(thing, HeldWeight):
            found.append(thing.part(axis, start, stop))
        else:
            found.append(sliced(call, call.flow(), axis, slice(start, stop)))
        start = stop
    return found


def pad(call: NodeCall) -> list[Thing | None]:
    """Convert Pad, with positions before and after each axis. A negative number crops."""
    x = call.flow()
    given = call.integers(1) if call.has(1) else call.attribute("pads", call.attribute("paddings"))
    if given is None:
        raise OpError("its pads are missing")
    axes = call.integers(3) if call.has(3) else tuple(range(x.rank))
    assert axes is not None
    if len(given) != 2 * len(axes):
        raise OpError(f"pads={list(given)[:8]} does not fit {len(axes)} axes")
    pairs = {x.place(axis): (given[at], given[at + len(axes)]) for at, axis in enumerate(axes)}
    for axis, (before, after) in pairs.items():
        if min(before, after) < 0:
            stop = x.sizes[axis] + min(after, 0)
            x = sliced(call, x, axis, slice(-min(before, 0), stop))
    padded = {
        axis: (max(before, 0), max(after, 0)) for axis, (before, after) in pairs.items() if max(before, after) > 0
    }
    if not padded:
        return [x]
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    named = call.attribute("mode", "constant")
    if named not in mode:
        raise OpError(f"mode={named[:40]} is not a mode that ONNX defines", f"known are {', '.join(mode)}")
    value = call.number(2) if call.has(2) else call.attribute("value", 0.0)
    fields: dict[str, Any] = {"mode": mode[named]} if named != "constant" else {"value": value or 0.0}
    pads = [before if before == after else (before, after) for before, after in padded.values()]
    dims = tuple([x.dim(axis) for axis in padded])
    fields |= {"padding": tuple(pads) if len(pads) > 1 or isinstance(pads[0], tuple) else pads[0]}
    index = call.layer("pad", (x.node,), dim=dims if len(dims) > 1 else dims[0], **fields)
    sizes = tuple([size + sum(padded.get(axis, (0, 0))) for axis, size in enumerate(x.sizes)])
    return [Flow(Value(index, sizes, x.value.batch), x.bits)]


def expand(call: NodeCall) -> list[Thing | None]:
    """Convert Expand, which repeats axes of size 1. No layer is needed along the batch."""
    thing = call.thing(0)
    wanted = call.integers_at_batches(1)
    found = [
        broadcast_sizes([_at(thing, batch), each]) for batch, each in zip(call.building.batches, wanted, strict=True)
    ]
    return [_longer(call, thing, found, "expand")]


def tile(call: NodeCall) -> list[Thing | None]:
    """Convert Tile, which repeats the whole tensor along its axes."""
    thing = call.thing(0)
    times = call.integers_at_batches(1)
    if any(len(each) != len(thing.sizes) for each in times):
        raise OpError(f"repeats={list(times[0])[:8]} does not fit {sizes_text(thing.sizes)}")
    found = [
        tuple([size * time for size, time in zip(_at(thing, batch), each, strict=True)])
        for batch, each in zip(call.building.batches, times, strict=True)
    ]
    return [_longer(call, thing, found, "tile")]


def _at(thing: Thing, batch: int) -> Sizes:
    return thing.at(batch) if isinstance(thing, Flow) else thing.sizes


def _longer(call: NodeCall, thing: Thing, at_batches: Sequence[Sizes], word: str) -> Thing:
    """Return ``thing`` in larger sizes, given for each batch size.

    Positions added along the batch are equal for all samples.
    """
    batches = call.building.batches
    if all(_at(thing, batch) == sizes for batch, sizes in zip(batches, at_batches, strict=True)):
        return thing
    x = thing if isinstance(thing, Flow) else call.tensor(thing, thing.sizes)
    sizes, rank = at_batches[0], len(at_batches[0])
    batch = None if x.value.batch is None else x.value.batch._replace(axis=x.value.batch.axis + rank - x.rank)
    if batch is None and len(at_batches) > 1:
        batch = batch_axis(sizes, batches[0], at_batches[1], batches[1])
        if batch is not None and batch.folded != 1:
            raise OpError("it repeats along the batch axis")
    wanted = Value(0, sizes, batch).sample
    own = (1,) * (rank - x.rank) + x.sizes
    before = Value(0, own, batch).sample
    node = call.draft.regroup(call.prefix, x.node, before)
    if before != wanted:
        times = tuple([size // old for size, old in zip(wanted, before, strict=True)])
        field: dict[str, Any] = {"shape": wanted} if word == "expand" else {"repeats": times}
        node = call.layer(word, (node,), **field)
    return Flow(Value(node, sizes, batch), x.bits, x.is_bool)


RULES: dict[str, Any] = {"Slice": part, "Split": split, "Pad": pad, "Expand": expand, "Tile": tile}
