"""Embeddings, positions of an axis, the largest values, and cumulative sums."""

from typing import Any

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import BatchAxis
from calc.onnx.call import NodeCall
from calc.onnx.constants import as_integers
from calc.onnx.lower.parts import sliced
from calc.onnx.lower.reductions import reduced
from calc.onnx.values import Flow, HeldWeight, KnownNumbers, Thing, sizes_text
from calc.onnx.weights import next_index


def gather(call: NodeCall) -> list[Thing | None]:
    """Convert Gather to an embedding, or to one or several fixed positions of an axis."""
    data, indices = call.thing(0), call.thing(1)
    if isinstance(indices, Flow):
        return [_embedding(call, data, indices)]
    axis = call.attribute("axis", 0) % max(len(data.sizes), 1)
    if isinstance(indices, KnownNumbers):
        numbers, batch = indices.along_batch()
        if batch is not None:
            found = _positions(call, data, numbers.squeeze(batch), axis)
            flow = found if isinstance(found, Flow) else call.tensor(found, found.sizes)
            if flow.batch is not None:
                raise OpError("calc does not read positions that repeat with the samples of an activation")
            place = axis + batch
            return [Flow(Value(flow.node, (*flow.sizes[:place], 1, *flow.sizes[place:]), BatchAxis(place)))]
    return [_positions(call, data, indices.numbers(), axis)]


def _positions(call: NodeCall, data: Thing, numbers: Any, axis: int) -> Thing:
    """Return the positions ``numbers`` of an axis."""
    positions = as_integers(numbers)
    size = data.sizes[axis]
    if not positions or not all(-size <= each < size for each in positions):
        raise OpError(f"positions {list(positions[:8])} do not exist on an axis of {size}")
    run = [each % size for each in positions]
    in_order = run == list(range(run[0], run[0] + len(run)))
    if isinstance(data, HeldWeight) and in_order:
        part = data.part(axis, run[0], run[-1] + 1)
        return part.reshaped((*data.sizes[:axis], *numbers.shape, *data.sizes[axis + 1 :]))
    x = call.flow()
    if x.is_batch(axis):
        raise OpError(f"it takes positions of axis {axis}, which is the batch axis")
    if numbers.ndim == 0:
        index = call.layer("select", (x.node,), dim=x.dim(axis), index=positions[0])
        return reduced(x, index, (axis,), keeps=False)
    if in_order:
        x = sliced(call, x, axis, slice(run[0], run[-1] + 1))
    else:
        index = call.layer("index", (x.node,), dim=x.dim(axis), indices=positions)
        x = Flow(Value(index, (*x.sizes[:axis], len(run), *x.sizes[axis + 1 :]), x.value.batch), x.bits)
    if numbers.ndim == 1:
        return x
    sizes = (*x.sizes[:axis], *numbers.shape, *x.sizes[axis + 1 :])
    batch = x.value.batch
    if batch is not None and batch.axis > axis:
        batch = batch._replace(axis=batch.axis + numbers.ndim - 1)
    node = call.draft.regroup(call.prefix, x.node, Value(0, sizes, batch).sample)
    return Flow(Value(node, sizes, batch), x.bits)


def gather_nd(call: NodeCall) -> list[Thing | None]:
    """Convert GatherND that takes positions of axis 0, or the same positions of axis 1 from each sample.

    Exporters write the first for x[:, positions], after a transpose. They write the second for a mask, with the numbers
    of the samples and of the keys as positions.
    """
    x, indices = call.flow(), call.thing(1)
    if not x.is_batch(0) and not isinstance(indices, Flow) and not call.attribute("batch_dims", 0):
        numbers = indices.numbers()
        if numbers.shape[-1:] == (1,):
            return [_positions(call, x, numbers[..., 0], 0)]
    if not isinstance(indices, KnownNumbers) or call.attribute("batch_dims", 0) or x.value.batch != (0, 1, 1):
        raise OpError("calc reads a GatherND only with constant positions in every sample")
    first = indices.at[0]
    positions = first[0, ..., 1:]
    for found in indices.at:
        in_turn = all((part == number).all() for number, part in enumerate(found[..., 0]))
        if positions.shape[-1] != 1 or not in_turn or (found[..., 1:] != positions).any():
            raise OpError("calc reads a GatherND only with the same positions in each sample")
    made = _positions(call, x, positions[..., 0], 1)
    return [made._replace(is_bool=x.is_bool) if isinstance(made, Flow) else made]


def _as_ids(call: NodeCall, ids: Flow) -> Flow:
    """Return ``ids``; truth values become the ids 1 and 0. Raises OpError for other numbers."""
    if call.draft.dtype(ids.node) == "int64":
        return ids
    if not ids.is_bool:
        raise OpError("its positions are computed from the network's input, and calc has no op for that")
    name = call.beside("compare")
    index = call.layer("compare", (ids.node,), name=name, operator="ne", value=0, dtype="int64")
    return ids._replace(value=ids.value._replace(node=index))


def _embedding(call: NodeCall, table: Thing, ids: Flow) -> Thing:
    """Return the rows of a table of the file by token id. If another layer has the same table, it is shared."""
    ids = _as_ids(call, ids)
    axis = call.attribute("axis", 0)
    if axis or isinstance(table, Flow) or len(table.sizes) != 2:
        raise OpError(
            f"it looks up axis {axis} of {sizes_text(table.sizes)}, but an embedding looks up rows of a matrix"
        )
    rows, features = table.sizes
    name = call.name("embedding", table.stored.name if isinstance(table, HeldWeight) else "")
    shares = None
    if isinstance(table, HeldWeight):
        key = ("embedding", (table.stored.name, table.steps))
        first = call.building.holders.setdefault(key, next_index(call))
        shares = first if first != next_index(call) else None
    index = call.layer("embedding", (ids.node,), name=name, shares=shares, num_embeddings=rows, embedding_dim=features)
    call.holds(index, "weight", table)
    if isinstance(table, HeldWeight) and table.codes is not None and shares is None:
        call.draft.held[index] = table.codes
    return Flow(Value(index, (*ids.sizes, features), ids.value.batch))


def top(call: NodeCall) -> list[Thing | None]:
    """Convert TopK. Only its values are supported, not their positions."""
    x = call.flow()
    if len(call.node.outputs) > 1 and call.building.reads(call.node.outputs[1]):
        raise OpError("its second output, the positions, is read, but calc's topk returns only the values")
    found = call.integers(1) if call.has(1) else (call.attribute("k", 1),)
    assert found is not None
    axis = x.place(call.attribute("axis", -1))
    fields: dict[str, Any] = {} if call.attribute("largest", 1) else {"largest": False}
    index = call.layer("topk", (x.node,), k=found[0], dim=x.dim(axis), **fields)
    return [Flow(Value(index, (*x.sizes[:axis], found[0], *x.sizes[axis + 1 :]), x.value.batch))]


def running_sum(call: NodeCall) -> list[Thing | None]:
    """Convert CumSum from the first position on, including the current one."""
    x = call.flow()
    axis = call.integers(1)
    if call.attribute("exclusive", 0) or call.attribute("reverse", 0) or not axis:
        raise OpError("calc has no op for exclusive and reverse sums")
    return call.same(x, call.layer("cumsum", (x.node,), dim=x.dim(axis[0])))


RULES = {"Gather": gather, "GatherND": gather_nd, "TopK": top, "CumSum": running_sum}
