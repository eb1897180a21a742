"""Comparisons, logical operations, and choices by a condition."""

from collections.abc import Iterable
from math import copysign, isfinite
from typing import Any

import torch
from torch import fx

from calc.errors import OpError
from calc.importing import Value
from verify.importers.chosen_by import MASK_AT, is_only_chosen_by, places_read
from verify.importers.lower.arithmetic import elementwise
from verify.importers.operation import Operation
from verify.importers.packets import packet
from verify.importers.registry import lowers
from verify.importers.steps import put

LARGEST = 3.4028234663852886e38
"""The largest float32, which replaces ∞. A score of minus this number gets the weight 0 in a softmax, like −∞."""

_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
_NAMES = [f"{name}.{kind}" for name in _OPPOSITE for kind in ("Scalar", "Tensor")]


@lowers(*_NAMES)
def compared(op: Operation) -> Value:
    """Return a comparison: 1 where it is true, and 0 elsewhere.

    If all readers use it as a mask, it becomes its opposite. A comparison ``x != 0`` that is used only as a condition
    becomes x itself, because calc's where takes all numbers but 0 as true.
    """
    x, other = op.number("self"), op.number("other")
    name = _comparison(op.node)
    operator = _OPPOSITE[name] if _is_turned(op.node) else name
    if isinstance(other, (int, float)) and not isfinite(other):
        raise OpError(f"compares with {other}")
    if operator == "ne" and other == 0 and is_only_chosen_by(op.node):
        arriving = op.valued(x)
        if op.draft.dtype(arriving.node) == "float32":
            return arriving
    if isinstance(other, (int, float)):
        x = op.valued(x)
        return op.layer("compare", x, batch=x.batch, operator=operator, value=float(other))
    return op.layer("compare", *op.aligned([op.valued(x), op.valued(other)]), operator=operator)


def _comparison(node: fx.Node) -> str:
    return packet(node.target).removesuffix("_")


def _is_turned(node: Any) -> bool:
    """Return whether ``node`` is a comparison or a negation whose readers all mask with it or choose by it.

    Its opposite is then used instead.
    """
    if not isinstance(node, fx.Node) or _comparison(node) not in (*_OPPOSITE, *_NEGATIONS):
        return False
    return bool(node.users) and all(_hides(user, node) for user in node.users)


def _hides(user: fx.Node, node: fx.Node) -> bool:
    name = packet(user.target).removesuffix("_")
    fills = name == "masked_fill" or (name == "where" and isinstance(user.args[2], fx.Node))
    return fills and places_read(user, node) == [MASK_AT[name]]


def opposite(op: Operation, mask: Value) -> Value:
    """Return the logical opposite: 1 where ``mask`` is 0, and 0 elsewhere."""
    return put(op, "compare", [mask.node], mask, operator="eq", value=0.0)


_NEGATIONS = ("bitwise_not", "logical_not")


@lowers(*_NEGATIONS)
def negation(op: Operation) -> Value:
    """Return the logical not of a mask. If its readers use the opposite, the input itself serves them."""
    _require_conditions(op, op.node.all_input_nodes)
    x = op.value("self")
    if _is_turned(op.node):
        return x
    return op.layer("compare", x, batch=x.batch, operator="eq", value=0.0)


@lowers("bitwise_and.Tensor", "logical_and", "__and__.Tensor")
def conjunction(op: Operation) -> Value:
    """Return the logical and of values 1 and 0, as a product."""
    _require_conditions(op, op.node.all_input_nodes)
    return elementwise(op, "multiply", op.value("self"), op.value("other"))


@lowers("bitwise_or.Tensor", "logical_or", "__or__.Tensor")
def disjunction(op: Operation) -> Value:
    """Return the logical or of values 1 and 0: 1 where their sum is not 0."""
    _require_conditions(op, op.node.all_input_nodes)
    both = op.aligned([op.value("self"), op.value("other")])
    total = op.layer("add", *both)
    return put(op, "compare", [total.node], total, operator="ne", value=0.0)


@lowers("bitwise_xor.Tensor", "logical_xor", "__xor__.Tensor")
def difference(op: Operation) -> Value:
    """Return the exclusive or of values 1 and 0: 1 where they differ."""
    _require_conditions(op, op.node.all_input_nodes)
    return op.layer("compare", *op.aligned([op.value("self"), op.value("other")]), operator="ne")


def _require_conditions(op: Operation, nodes: Iterable[fx.Node]) -> None:
    if any(node.meta["val"].dtype != torch.bool for node in nodes):
        raise OpError(f"{op.target} of integers works on bits, but calc has it only for booleans")


@lowers("where.self", "where.ScalarOther", "where.ScalarSelf", "where.Scalar")
def where(op: Operation) -> Value:
    """Return a choice between two tensors, or a tensor and a number. A condition other than 0 chooses the first."""
    condition, x, other = op["condition"], op.number("self"), op.number("other")
    if isinstance(x, (int, float)) and isinstance(other, (int, float)):
        x = op.made(torch.full((1,), float(x)), "value")
    if isinstance(x, (int, float)):
        return chosen(op, _kept(op, "condition"), op.valued(other), x)
    if isinstance(other, (int, float)):
        return chosen(op, op.valued(condition), op.valued(x), other)
    if op.constant(condition) is None and _is_turned(op.argument("condition")):
        x, other = other, x
    return op.layer("where", *op.aligned([op.valued(each) for each in (condition, x, other)]))


@lowers("masked_fill.Scalar", "masked_fill.Tensor")
def masked_fill(op: Operation) -> Value:
    """Return x with a number where the mask is true."""
    x, value = op.value("self"), op.number("value")
    if not isinstance(value, (int, float)):
        raise OpError("fills with a number that depends on an input or on a parameter")
    return chosen(op, _kept(op, "mask"), x, value)


def _kept(op: Operation, name: str) -> Value:
    """Return the opposite of the condition ``name``: not 0 where the condition is false."""
    mask = op.constant(op[name])
    if mask is not None:
        return op.made(~mask.bool(), "mask")
    if _is_turned(op.argument(name)):
        return op.value(name)
    return opposite(op, op.value(name))


def hiding(op: Operation, kept: Value) -> Value:
    """Return a mask to add to scores: 0 where ``kept`` is 1, and minus the largest float32 where it is 0."""
    less = put(op, "subtract", [kept.node], kept, value=1.0)
    return put(op, "multiply", [less.node], kept, value=LARGEST)


def chosen(op: Operation, kept: Value, x: Value, value: float) -> Value:
    """Return ``x`` where ``kept`` is not 0, and ``value`` elsewhere."""
    value = value if isfinite(value) else copysign(LARGEST, value)
    return op.layer("where", *op.aligned([kept, x]), value=float(value))
