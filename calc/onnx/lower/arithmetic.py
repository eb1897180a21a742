"""Elementwise arithmetic of tensors that broadcast, or of a tensor and a number."""

from math import copysign, inf, isfinite
from typing import Any

from calc.errors import OpError
from calc.onnx.broadcast import broadcast_nodes, settled
from calc.onnx.call import NodeCall
from calc.onnx.values import Flow, Thing

WORDS = {"Add": "add", "Sum": "add", "Mul": "multiply", "Sub": "subtract", "Div": "divide", "Pow": "power"}
FUNCTIONS = {"Abs": "abs", "Cos": "cos", "Exp": "exp", "Log": "log", "Sin": "sin", "Sqrt": "sqrt"}
LARGEST = 3.4028234663852886e38
"""The largest float32. It stands for ∞, because the opposite score contributes nothing to a softmax either."""


def of_two(call: NodeCall) -> list[Thing | None]:
    """Convert Add, Mul, Sub, Div and Pow."""
    word = WORDS[call.node.op]
    left, right = call.thing(0), call.thing(1)
    if isinstance(left, Flow) and (number := lone_number(call, 1, left)) is not None:
        if (word, number) in (("add", 0), ("subtract", 0), ("multiply", 1), ("divide", 1), ("power", 1)):
            return [left]
        return call.same(left, call.layer(word, (left.node,), value=number))
    if isinstance(right, Flow) and (number := lone_number(call, 0, right)) is not None:
        return _number_first(call, word, number, right)
    found = broadcast_nodes(call, (left, right))
    return [settled(call, call.layer(word, found.nodes), found)]


def lone_number(call: NodeCall, at: int, other: Flow) -> float | None:
    """Return the single number at input ``at``; None if there is none or if it would add axes to ``other``."""
    number = call.number(at)
    return None if number is None or len(call.thing(at).sizes) > other.rank else number


def _number_first(call: NodeCall, word: str, number: float, x: Flow) -> list[Thing | None]:
    """Return an operation whose first operand is a number: 1 − x, 1 / x, 2 ^ x."""
    if word in ("add", "multiply"):
        return call.same(x, call.layer(word, (x.node,), value=number))
    if word == "power":
        raise OpError("calc has no op for a number to the power of an activation", "an Exp has one: exp")
    turn, then = ("multiply", "add") if word == "subtract" else ("power", "multiply")
    if (then, number) == ("multiply", 1) or (then, number) == ("add", 0):
        return call.same(x, call.layer(turn, (x.node,), value=-1))
    turned = call.layer(turn, (x.node,), name=call.beside(turn), value=-1)
    return call.same(x, call.layer(then, (turned,), value=number))


def of_many(call: NodeCall) -> list[Thing | None]:
    """Convert Sum."""
    things = [call.thing(at) for at in range(len(call.things))]
    if len(things) == 1:
        return [things[0]]
    found = broadcast_nodes(call, things)
    return [settled(call, call.layer("add", found.nodes), found)]


def limits(call: NodeCall) -> list[Thing | None]:
    """Convert Max and Min of an activation and numbers."""
    numbers = [call.number(at) for at in range(len(call.things))]
    flowing = [thing for thing, number in zip(call.things, numbers, strict=True) if number is None]
    known = [number for number in numbers if number is not None]
    if len(flowing) != 1 or not isinstance(flowing[0], Flow) or not known:
        raise OpError(f"calc has no op for the {call.node.op} of several activations", "with a number it has: clamp")
    x = flowing[0]
    limit = max(known) if call.node.op == "Max" else min(known)
    if limit == (-inf if call.node.op == "Max" else inf):  # an infinite limit has no effect
        return [x]
    field: dict[str, Any] = {"min": limit} if call.node.op == "Max" else {"max": limit}
    is_relu = field == {"min": 0}
    return call.same(x, call.layer("relu" if is_relu else "clamp", (x.node,), **{} if is_relu else field))


def function(call: NodeCall) -> list[Thing | None]:
    """Return a function that is applied to each element."""
    x = call.flow()
    return call.same(x, call.layer(FUNCTIONS[call.node.op], (x.node,)))


def negative(call: NodeCall) -> list[Thing | None]:
    """Convert Neg to a multiplication by −1."""
    x = call.flow()
    return call.same(x, call.layer("multiply", (x.node,), value=-1))


def reciprocal(call: NodeCall) -> list[Thing | None]:
    """Convert Reciprocal to the power −1."""
    x = call.flow()
    return call.same(x, call.layer("power", (x.node,), value=-1))


def where(call: NodeCall) -> list[Thing | None]:
    """Convert Where: x if the condition holds, and otherwise the other operand."""
    condition, x = call.thing(0), call.thing(1)
    number = call.number(2)
    things = (condition, x) if number is not None else (condition, x, call.thing(2))
    found = broadcast_nodes(call, things)
    if number is not None and not isfinite(number):
        number = copysign(LARGEST, number)
    field: dict[str, Any] = {} if number is None else {"value": number}
    return [settled(call, call.layer("where", found.nodes, **field), found)]


RULES = {
    **dict.fromkeys(("Add", "Mul", "Sub", "Div", "Pow"), of_two), **dict.fromkeys(FUNCTIONS, function), "Sum": of_many,
    "Max": limits, "Min": limits, "Neg": negative, "Reciprocal": reciprocal, "Where": where,
}  # fmt: skip
