"""Reductions over axes."""

from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import BatchAxis
from calc.onnx.call import NodeCall
from calc.onnx.values import Flow, Thing

FUNCTIONS = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "max", "ReduceMin": "min"}
BEFORE: dict[str, tuple[str, dict[str, Any]]] = {
    "ReduceL1": ("abs", {}),
    "ReduceL2": ("power", {"value": 2.0}),
    "ReduceSumSquare": ("power", {"value": 2.0}),
    "ReduceLogSumExp": ("exp", {}),
}
AFTER = {"ReduceL2": "sqrt", "ReduceLogSumExp": "log"}


def reduce(call: NodeCall) -> list[Thing | None]:
    """Return a mean, sum, maximum, minimum or norm over axes.

    A mean over height and width that keeps its axes is a pool.
    """
    x = call.flow()
    axes = _axes(call, x)
    if not axes:
        return [x]
    keeps = bool(call.attribute("keepdims", 1))
    op = call.node.op
    if op == "ReduceMean" and keeps and x.batch == 0 and x.rank == 4 and axes == (2, 3) and _on_maps(call, x):
        return call.same(x, call.layer("adaptive_avg_pool2d", (call.channels_at(x, 1),), output_size=1))
    node = x.node
    if op in BEFORE:
        word, fields = BEFORE[op]
        node = call.layer(word, (node,), name=call.beside(word), **fields)
    dims = tuple([x.dim(axis) for axis in axes])
    dim = dims[0] if len(dims) == 1 else dims
    function = FUNCTIONS.get(op, "sum")
    name = call.beside("reduce") if op in AFTER else call.name("reduce")
    index = call.layer("reduce", (node,), name=name, function=function, dim=dim, keepdim=keeps)
    if op in AFTER:
        index = call.layer(AFTER[op], (index,))
    return [reduced(x, index, axes, keeps)]


def reduced(x: Flow, index: int, axes: tuple[int, ...], keeps: bool) -> Flow:
    """Return ``x`` after ``axes`` are reduced. ``keeps`` says that they stay with size 1."""
    if keeps:
        sizes = tuple([1 if axis in axes else size for axis, size in enumerate(x.sizes)])
        return Flow(Value(index, sizes, x.value.batch))
    sizes = tuple([size for axis, size in enumerate(x.sizes) if axis not in axes])
    batch: BatchAxis | None = x.value.batch
    if batch is not None:
        batch = batch._replace(axis=batch.axis - sum([axis < batch.axis for axis in axes]))
    return Flow(Value(index, sizes, batch))


def _on_maps(call: NodeCall, x: Flow) -> bool:
    """True if the channels of ``x`` are the axis before the last two, or if the channel axis is unknown."""
    return call.draft.channel_axis(x.node) in (None, -3)


def _axes(call: NodeCall, x: Flow) -> tuple[int, ...]:
    given = call.integers(1) if call.has(1) else call.attribute("axes")
    if not given:
        if given is not None or call.attribute("noop_with_empty_axes", 0):
            return ()
        if x.batch is not None:
            raise OpError("it reduces all axes, which include the batch")
        given = range(x.rank)
    axes = tuple(sorted({x.place(axis) for axis in given}))
    for axis in axes:
        if x.is_batch(axis):
            raise OpError(
                f"it reduces axis {axis}, which is the batch axis",
                "every sample must go through the network on its own",
            )
    return axes


RULES = dict.fromkeys((*FUNCTIONS, *BEFORE), reduce)
