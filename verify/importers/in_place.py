"""Writes in place. Later readers of the tensor, and of the tensor that it is a view of, see the new values."""

from typing import Any

from torch import fx

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import regrouped
from verify.importers.held import Derived, Held
from verify.importers.lower.axes import permuted, unsqueezed
from verify.importers.lower.joins import joined
from verify.importers.lower.parts import sliced
from verify.importers.operation import Operation
from verify.importers.packets import is_in_place, packet

_SAME_ELEMENTS = ("view", "reshape", "_unsafe_view", "flatten", "squeeze", "unsqueeze", "unflatten")
_PASSED_ON = ("alias", "detach", "contiguous", "to", "view_as")


def writes_in_place(node: fx.Node) -> bool:
    """Return whether ``node`` writes to its first argument."""
    return is_in_place(node.target) and bool(node.args) and isinstance(node.args[0], fx.Node)


def is_written_into(node: fx.Node) -> bool:
    """Return whether an operation writes to the result of ``node``, or to a view of it."""
    return any(
        (writes_in_place(user) and user.args[0] is node) or (is_view(user) and is_written_into(user))
        for user in node.users
    )


def write_back(known: dict[fx.Node, Any], op: Operation, made: Value) -> None:
    """Update ``known`` after a write: for the target of ``op``, and for the tensors that the target is a view of.

    Raises OpError for a view that is not supported.
    """
    node = op.node.args[0]
    assert isinstance(node, fx.Node)
    known[node] = made
    while node.op == "call_function" and is_view(node):
        base = node.args[0]
        assert isinstance(base, fx.Node)
        view, whole = op.like(node), known[base]
        if packet(node.target) not in _PASSED_ON and not _shows_all(op, view, whole):
            made = _written_into(op, view, op.valued(whole), made)
        known[base] = made
        node = base


def _shows_all(op: Operation, view: Operation, whole: Value | Held | Derived) -> bool:
    """Return whether ``view`` is a slice of all of ``whole``."""
    sizes = op.like(whole.node).sizes if isinstance(whole, Derived) else whole.sizes
    return packet(view.node.target) == "slice" and view.sizes == sizes


def _written_into(op: Operation, view: Operation, whole: Value, made: Value) -> Value:
    """Return ``whole`` with ``made`` at the positions that ``view`` shows."""
    name = packet(view.node.target)
    if name in _SAME_ELEMENTS:
        batch = regrouped(made, whole.sizes, whole.batch)
        value = Value(-1, whole.sizes, batch)
        return value._replace(node=op.draft.regroup(op.within, made.node, value.sample))
    rank = len(whole.sizes)
    if name in ("permute", "transpose"):
        order = list(range(rank))
        if name == "permute":
            order = [dim % rank for dim in view["dims"]]
        else:
            first, second = view["dim0"] % rank, view["dim1"] % rank
            order[first], order[second] = second, first
        return permuted(op, made, [order.index(axis) for axis in range(rank)])
    axis = view["dim"] % rank
    size = whole.sizes[axis]
    if name == "select":
        start = view["index"] % size
        stop = start + 1
        made = unsqueezed(op, made, axis)
    elif name == "slice" and view["step"] == 1:
        start, stop, _ = slice(view.get("start"), view.get("end")).indices(size)
    else:
        raise OpError(f"writes to a part of a tensor that {name} selects")
    parts = [sliced(op, whole, axis, 0, start)] if start else []
    parts.append(made)
    if stop < size:
        parts.append(sliced(op, whole, axis, stop, None))
    return joined(op, parts, axis)


def is_view(node: fx.Node) -> bool:
    """Return whether ``node`` gives a view of its input: its elements in another shape or order, or some of them."""
    return packet(node.target) in (*_SAME_ELEMENTS, *_PASSED_ON, "permute", "transpose", "slice", "select", "narrow")
