"""Padding, shifting along axes, and flipping."""

from collections import Counter
from math import copysign, isfinite
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from verify.importers.lower.comparisons import LARGEST
from verify.importers.lower.parts import sliced
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import is_batch, own_axis, put

_MODES = {"reflection": "reflect", "replication": "replicate", "constant": "constant"}


@lowers("pad", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "replication_pad1d",
        "replication_pad2d", "replication_pad3d")  # fmt: skip
def pad(op: Operation) -> Value:
    """Return padding before and after axes, given from the last axis on. A negative number crops."""
    x = op.value("self")
    given = op["pad" if op.has("pad") else "padding"]
    mode = op.get("mode", _MODES[op.target.removeprefix("aten.").split("_")[0].split(".")[0]]
                         if "pad." not in op.target else "constant")  # fmt: skip
    pairs = {len(x.sizes) - 1 - at: (given[2 * at], given[2 * at + 1]) for at in range(len(given) // 2)}
    cut = [axis for axis, pair in sorted(pairs.items()) if min(pair) < 0]
    op.is_several = len(cut) + any(max(pair) > 0 for pair in pairs.values()) > 1
    for axis in cut:
        size, (before, after) = x.sizes[axis], pairs[axis]
        x = sliced(op, x, axis, max(-before, 0), size + min(after, 0))
    padded = {axis: (max(before, 0), max(after, 0)) for axis, (before, after) in sorted(pairs.items())}
    padded = {axis: pair for axis, pair in padded.items() if any(pair)}
    if not padded:
        return x
    if any(is_batch(x, axis) for axis in padded):
        raise OpError("pads the axis of the batch", "every sample must go through the network on its own")
    sizes = tuple([size + sum(padded.get(axis, (0, 0))) for axis, size in enumerate(x.sizes)])
    value = op.get("value") or 0
    fields: dict[str, Any] = {} if mode == "constant" else {"mode": mode}
    if value:
        fields["value"] = float(value) if isfinite(value) else copysign(LARGEST, value)
    return put(op, "pad", [x.node], x._replace(sizes=sizes), **_around(op, x, padded), **fields)


def _around(op: Operation, x: Value, padded: dict[int, tuple[int, int]]) -> dict[str, Any]:
    """Return the fields for the padding. Axes are not named if they are all the axes after the channels."""
    each = tuple([before if before == after else (before, after) for before, after in padded.values()])
    rank = len(x.sizes)
    if op.draft.channel_axis(x.node) == -len(padded) - 1 and list(padded) == list(range(rank - len(padded), rank)):
        is_one = len(set(each)) == 1 and isinstance(each[0], int) and len(padded) == len(op.draft.sizes(x.node)) - 1
        return {"padding": each[0] if is_one else each}
    dims = tuple([own_axis(x, axis) for axis in padded])
    return {"padding": each, "dim": dims[0] if len(dims) == 1 else dims}


@lowers("roll")
def roll(op: Operation) -> Value:
    """Return a circular shift of the elements along axes."""
    x = op.value("self")
    if not op["dims"]:
        raise OpError("rolls over all axes, including the batch", "name the axes in dims")
    moved: Counter[int] = Counter()
    for dim, shift in zip(op["dims"], op["shifts"], strict=True):  # an axis may occur twice
        moved[dim % len(x.sizes)] += shift
    moved = Counter({axis: shift for axis, shift in moved.items() if shift})
    if any(is_batch(x, axis) for axis in moved):
        raise OpError("rolls along the axis of the batch", "every sample must go through the network on its own")
    if not moved:
        return x
    dims, shifts = tuple([own_axis(x, axis) for axis in moved]), tuple(moved.values())
    fields = {"shifts": shifts, "dim": dims} if len(dims) > 1 else {"shifts": shifts[0], "dim": dims[0]}
    return put(op, "roll", [x.node], x, **fields)


@lowers("flip", "fliplr", "flipud")
def flip(op: Operation) -> Value:
    """Return the reverse order of the elements along axes."""
    x = op.value("self")
    axes = [{"fliplr": 1, "flipud": 0}[op.target.split(".")[1]]] if not op.has("dims") else [
        dim % len(x.sizes) for dim in op["dims"]
    ]  # fmt: skip
    if any(is_batch(x, axis) for axis in axes):
        raise OpError("reverses the batch", "every sample must go through the network on its own")
    own = tuple([own_axis(x, axis) for axis in axes])
    return put(op, "flip", [x.node], x, dim=own[0] if len(own) == 1 else own)
