"""Sums, differences, products and quotients of tensors that broadcast, or of one tensor and a number."""

from typing import Any

from calc.errors import OpError
from calc.importing import Value
from verify.importers.held import Held
from verify.importers.lower.axes import spread
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import put

_WORDS = {"add": "add", "sub": "subtract", "mul": "multiply", "div": "divide"}


@lowers("add", "sub", "mul", "div.Tensor", "div.Scalar")
def arithmetic(op: Operation) -> Value:
    """Return a sum, difference, product or quotient of each pair of elements."""
    word = _WORDS[op.target.removeprefix("aten.").partition(".")[0].removesuffix("_")]
    first, second = op.number("self"), op.number("other")
    factor = op.get("alpha", 1)
    if factor != 1:
        if isinstance(second, (int, float)):
            second *= factor
        else:
            x = op.valued(second)
            second = put(op, "multiply", [x.node], x, value=float(factor))
    return elementwise(op, word, first, second)


@lowers("copy_", "copy", "fill_.Tensor")
def copy(op: Operation) -> Value:
    """Return a write to a whole tensor: the value that is written replaces the tensor."""
    x = op.value("src" if op.has("src") else "value")
    return x if x.sizes == op.sizes and x.batch == op.batch else spread(op, x, op.sizes, op.batch)


def elementwise(op: Operation, word: str, first: Any, second: Any) -> Value:
    """Return the op ``word`` of two tensors, or of a tensor and a number.

    A tensor that only this layer reads is its own.
    """
    if isinstance(first, (int, float)):
        return _of_number(op, word, first, op.valued(second))
    if isinstance(second, (int, float)):
        x = op.valued(first)
        return op.layer(word, x, batch=x.batch, value=float(second))
    for one, other in ((first, second), (second, first)):
        own = _own_parameter(op, word, one, other)
        if own is not None:
            return own
    values = op.aligned([op.valued(first), op.valued(second)])
    return op.layer(word, *values)


def _of_number(op: Operation, word: str, number: float, x: Value) -> Value:
    """Return the op ``word`` of a number and the tensor ``x``, in this order."""
    if word in ("add", "multiply"):
        return op.layer(word, x, batch=x.batch, value=float(number))
    if word == "power":
        raise OpError(
            f"raises {number} to the power of a tensor, but calc only raises a tensor to the power of a number"
        )
    turned = (
        put(op, "power", [x.node], x, value=-1.0) if word == "divide" else put(op, "multiply", [x.node], x, value=-1.0)
    )
    return elementwise(op, {"divide": "multiply", "subtract": "add"}[word], turned, number)


def _own_parameter(op: Operation, word: str, x: Any, held: Any) -> Value | None:
    """Return a layer that holds the second operand: position_embedding for a sum, layer_scale for a product; else None.

    A sum needs a tensor of the sizes of one sample, and a product needs one factor for each channel.
    """
    if not isinstance(x, Value) or x.batch is None or x.batch != (0, 1, 1) or not isinstance(held, Held):
        return None
    if not held.learnt or op.sizes != x.sizes or op.is_known(held):
        return None
    rank = len(x.sizes)
    if word == "add" and held.sizes == (1, *x.sizes[1:]) and rank > 2:
        return op.layer("position_embedding", x, tensors={"": held}, batch=x.batch)
    channels, after = (*held.sizes, 1)[0], len(held.sizes) - 1
    if word == "multiply" and held.sizes == (channels, *(1,) * after) and after >= 0 and rank - after > 1:
        axis = rank - 1 - after
        if x.sizes[axis] == channels > 1:
            node = op.draft.without_channels_elsewhere(op.within, x.node, axis - rank)
            fields = {} if axis == 1 else {"dim": -1 if axis == rank - 1 else axis}
            return op.layer("layer_scale", nodes=[node], tensors={"": held}, batch=x.batch, **fields)
    return None
