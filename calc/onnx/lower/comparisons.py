"""Comparisons and logical operations, as layers whose outputs are 1 for true and 0 for false."""

from calc.errors import OpError
from calc.onnx.broadcast import broadcast_nodes, settled
from calc.onnx.call import NodeCall
from calc.onnx.lower.arithmetic import lone_number
from calc.onnx.values import Flow, Thing

OPERATORS = {"Equal": "eq", "Greater": "gt", "GreaterOrEqual": "ge", "Less": "lt", "LessOrEqual": "le"}
_TURNED = {"eq": "eq", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
"""Each operator with its sides exchanged."""


def compared(call: NodeCall) -> list[Thing | None]:
    """Convert Equal, Greater, Less and similar ops."""
    operator = OPERATORS[call.node.op]
    left, right = call.thing(0), call.thing(1)
    if isinstance(left, Flow) and (number := lone_number(call, 1, left)) is not None:
        return [_true_or_false(call, left, operator, number)]
    if isinstance(right, Flow) and (number := lone_number(call, 0, right)) is not None:
        return [_true_or_false(call, right, _TURNED[operator], number)]
    found = broadcast_nodes(call, (left, right))
    return [settled(call, call.layer("compare", found.nodes, operator=operator), found)._replace(is_bool=True)]


def _true_or_false(call: NodeCall, x: Flow, operator: str, number: float) -> Thing | None:
    (made,) = call.same(x, call.layer("compare", (x.node,), operator=operator, value=number))
    assert isinstance(made, Flow)
    return made._replace(is_bool=True)


def negation(call: NodeCall) -> list[Thing | None]:
    """Convert Not."""
    return [_true_or_false(call, call.flow(), "eq", 0)]


def _conditions(call: NodeCall) -> list[Thing]:
    """Return the inputs, which must be truth values. Raises OpError for numbers."""
    things = [call.thing(0), call.thing(1)]
    if any(isinstance(thing, Flow) and not thing.is_bool for thing in things):
        raise OpError("its inputs are numbers, but must be true or false", "compare them with 0 first")
    return things


def both(call: NodeCall) -> list[Thing | None]:
    """Convert And to a product of values that are 0 or 1. Raises OpError for numbers."""
    found = broadcast_nodes(call, _conditions(call))
    return [settled(call, call.layer("multiply", found.nodes), found)._replace(is_bool=True)]


def either(call: NodeCall) -> list[Thing | None]:
    """Convert Or to a test whether the sum of values that are 0 or 1 differs from 0."""
    found = broadcast_nodes(call, _conditions(call))
    total = call.layer("add", found.nodes, name=call.beside("add"))
    return [settled(call, call.layer("compare", (total,), operator="ne", value=0), found)._replace(is_bool=True)]


def one_alone(call: NodeCall) -> list[Thing | None]:
    """Convert Xor to a test whether the two values differ."""
    found = broadcast_nodes(call, _conditions(call))
    return [settled(call, call.layer("compare", found.nodes, operator="ne"), found)._replace(is_bool=True)]


RULES = {**dict.fromkeys(OPERATORS, compared), "And": both, "Not": negation, "Or": either, "Xor": one_alone}
