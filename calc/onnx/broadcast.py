"""Broadcasts the operands of elementwise layers.

The operands in the file may have the batch on any axis, while layers of a spec have it first.
"""

from collections.abc import Sequence
from typing import NamedTuple

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import BatchAxis
from calc.onnx.call import NodeCall
from calc.onnx.values import Flow, Sizes, Thing, sizes_text


class Broadcast(NamedTuple):
    """The nodes of the operands, the sizes of the result in the file for a batch of 1, and the place of its batch."""

    nodes: tuple[int, ...]
    sizes: Sizes
    batch: BatchAxis | None

    @property
    def sample(self) -> Sizes:
        """The sizes of one sample of the result."""
        return Value(0, self.sizes, self.batch).sample


def broadcast_nodes(call: NodeCall, things: Sequence[Thing]) -> Broadcast:
    """Return nodes for ``things`` whose samples broadcast as the tensors in the file do.

    Raises OpError if this is impossible.
    """
    things = [call.spread(thing) for thing in things]
    sizes = broadcast_sizes([thing.sizes for thing in things])
    batch = _batch_of(things, len(sizes))
    of_ids = {call.draft.dtype(thing.node) for thing in things if isinstance(thing, Flow)} == {"int64"}
    nodes = [node_beside(call, thing, len(sizes), batch, of_ids=of_ids) for thing in things]
    return Broadcast(tuple(nodes), sizes, batch)


def broadcast_sizes(all_sizes: Sequence[Sizes]) -> Sizes:
    """Return the sizes after broadcasting by the rules of numpy. Raises OpError if the sizes do not fit."""
    rank = max(map(len, all_sizes))
    found = []
    for axis in range(-rank, 0):
        each = {sizes[axis] for sizes in all_sizes if len(sizes) >= -axis} - {1}
        if len(each) > 1:
            raise OpError(f"{' and '.join(map(sizes_text, all_sizes))} do not broadcast")
        found.append(each.pop() if each else 1)
    return tuple(found)


def _batch_of(things: Sequence[Thing], rank: int) -> BatchAxis | None:
    """Return the place of the batch in the result. Raises OpError if the operands have it on different axes."""
    found = {
        thing.value.batch._replace(axis=rank - thing.rank + thing.value.batch.axis)
        for thing in things
        if isinstance(thing, Flow) and thing.value.batch is not None
    }
    if len(found) > 1:
        raise OpError("the batch is on different axes of its inputs, so it mixes samples")
    return found.pop() if found else None


def node_beside(call: NodeCall, thing: Thing, rank: int, batch: BatchAxis | None, *, of_ids: bool = False) -> int:
    """Return the node of ``thing``, with the sizes of a sample that fit to other operands of ``rank`` axes.

    ``batch`` is the place of the batch in these operands. ``of_ids`` says that they are token ids.
    """
    if isinstance(thing, Flow) and (thing.value.batch is not None or batch is None):
        return thing.node
    sizes = thing.sizes
    at = -1 if batch is None else batch.axis - (rank - len(sizes))
    if batch is not None and at >= 0 and batch.folded == 1:
        if sizes[at] != 1:
            raise OpError(f"{sizes_text(sizes)} differs along axis {at}, which is the batch axis")
        sizes = (*sizes[:at], *sizes[at + 1 :])
    if isinstance(thing, Flow):
        return call.draft.regroup(call.prefix, thing.node, sizes)
    while len(sizes) > 1 and sizes[0] == 1:
        sizes = sizes[1:]
    return call.tensor(thing, sizes or (1,), of_ids=of_ids).node


def settled(call: NodeCall, index: int, found: Broadcast, like: Flow | None = None) -> Flow:
    """Return the output of the node ``index``, as the result ``found`` describes it."""
    index = call.draft.regroup(call.prefix, index, found.sample)
    return Flow(Value(index, found.sizes, found.batch), like.bits if like else None)
