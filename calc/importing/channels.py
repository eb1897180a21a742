"""Finds the channel axis of a foreign tensor. calc's layers need it, while foreign layers use positions of axes."""

from collections.abc import Sequence
from typing import Any

from calc.errors import OpError
from calc.model.graph import Node
from calc.ops.base import Op
from calc.ops.base.input import NetworkInput

_PASS_AXES_ON = ("activation", "norm", "function", "add", "multiply")
"""The categories of ops that keep the meaning of every axis of their only input."""
_PASS_ALL_ON = ("dropout", "identity", "softmax", "log_softmax")


def source_of_axes(nodes: Sequence[Node], index: int) -> int | None:
    """Return the node that arranged the axes of the node ``index`` and can declare the channels; None if there is
    none.
    """
    node = nodes[index]
    while len(node.inputs) == 1 and (node.op.category in _PASS_AXES_ON or node.op.word in _PASS_ALL_ON):
        index = node.inputs[0]
        node = nodes[index]
    declares = "channels" in node.op.fields() and (bool(node.inputs) or isinstance(node.op, NetworkInput))
    return index if declares else None


def declared_at(op: Op, rank: int, axis: int) -> Op | None:
    """Return ``op`` with channels declared on ``axis``, counted from the end; None if it declares others."""
    values = op.values()
    if values["channels"] is not None and not (isinstance(op, NetworkInput) and op.channels == "first"):
        return None  # an input has channels first until a layer needs another axis
    try:
        return type(op)(**{**values, "channels": _declared(rank, axis)})
    except OpError:
        return None


def declaring(sizes: Sequence[int], axis: int) -> tuple[str, dict[str, Any]]:
    """Return an op and its fields whose only effect is to declare the axis of the channels."""
    return "reshape", {"shape": (0,) * len(sizes), "channels": _declared(len(sizes), axis)}


def _declared(rank: int, axis: int) -> str | int:
    if axis == -1 and rank > 1:
        return "last"
    return "first" if axis == -rank else axis + rank + 1
