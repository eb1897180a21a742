"""What is written in place: whoever reads the tensor afterwards, or what it is a view of, reads what was written."""

from typing import Any

from torch import fx

from calc.errors import OpError
from calc.importing import Value
from calc.importing.value import regrouped
from verify.importers.lower.axes import permuted, unsqueezed
from verify.importers.lower.joins import joined
from verify.importers.lower.parts import sliced
from verify.importers.operation import Operation

_SAME_ELEMENTS = ("view", "reshape", "_unsafe_view", "flatten", "squeeze", "unsqueeze", "unflatten")
_PASSED_ON = ("alias", "detach", "contiguous", "to", "view_as")


def is_in_place(node: fx.Node) -> bool:
    """Whether ``node`` writes into its first argument."""
    name = _packet(node)
    return name.endswith("_") and not name.startswith("_") and bool(node.args) and isinstance(node.args[0], fx.Node)


def write_back(known: dict[fx.Node, Any], op: Operation, made: Value) -> None:
    """Let ``known`` say ``made`` of what ``op`` writes into, and of what that is a view of, the change in its place.

    Raises OpError for a view that is not taken.
    """
    node = op.node.args[0]
    assert isinstance(node, fx.Node)
    known[node] = made
    while node.op == "call_function" and _is_view(node):
        base = node.args[0]
        assert isinstance(base, fx.Node)
        made = _written_into(op, op.like(node), op.valued(known[base]), made)
        known[base] = made
        node = base


def _written_into(op: Operation, view: Operation, whole: Value, made: Value) -> Value:
    """``whole`` with ``made`` in the place that ``view`` shows of it."""
    name = _packet(view.node)
    if name in _PASSED_ON:
        return made
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
        raise OpError(f"writes into what {name} shows of a tensor")
    parts = [sliced(op, whole, axis, 0, start)] if start else []
    parts.append(made)
    if stop < size:
        parts.append(sliced(op, whole, axis, stop, None))
    return joined(op, parts, axis)


def _is_view(node: fx.Node) -> bool:
    return _packet(node) in (*_SAME_ELEMENTS, *_PASSED_ON, "permute", "transpose", "slice", "select", "narrow")


def _packet(node: fx.Node) -> str:
    return str(node.target).removeprefix("aten.").partition(".")[0]
