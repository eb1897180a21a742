"""Elementwise operations that become several layers, or a layer with another name."""

from math import isfinite, log
from typing import Any

from calc.errors import OpError
from calc.importing import Value
from verify.importers.lower.arithmetic import elementwise
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import put


@lowers("pow.Tensor_Scalar", "pow.Tensor_Tensor")
def power(op: Operation) -> Value:
    """Return x raised to a power."""
    return elementwise(op, "power", op["self"], op["exponent"])


_POWERS = {"square": 2.0, "reciprocal": -1.0, "rsqrt": -0.5}


@lowers(*_POWERS)
def fixed_power(op: Operation) -> Value:
    """Return x raised to the power that the name of the operation implies."""
    x = op.value("self")
    return put(op, "power", [x.node], x, value=_POWERS[op.target.split(".")[1].removesuffix("_")])


@lowers("neg")
def negative(op: Operation) -> Value:
    """Return −x."""
    x = op.value("self")
    return put(op, "multiply", [x.node], x, value=-1.0)


@lowers("rsub")
def reverse_difference(op: Operation) -> Value:
    """Return other − x."""
    if op.get("alpha", 1) != 1:
        raise OpError(f"alpha={op['alpha']} is not supported for a difference, only 1")
    x, other = op.value("self"), op.number("other")
    if not isinstance(other, (int, float)):
        return elementwise(op, "subtract", other, x)
    minus = put(op, "multiply", [x.node], x, value=-1.0)
    return put(op, "add", [minus.node], minus, value=float(other)) if other else minus


@lowers("maximum", "minimum")
def larger(op: Operation) -> Value:
    """Return the maximum of two tensors, y + relu(x − y), or the minimum, x − relu(x − y)."""
    x, y = _both(op)
    difference = op.layer("subtract", nodes=[x.node, y.node])
    above = put(op, "relu", [difference.node], difference)
    if "maximum" in op.target:
        return put(op, "add", [above.node, y.node], difference)
    return put(op, "subtract", [x.node, above.node], difference)


def _both(op: Operation) -> list[Value]:
    return op.aligned([op.value("self"), op.value("other")])


@lowers("clamp", "clamp_min", "clamp_max", "clip")
def clamp(op: Operation) -> Value:
    """Return x limited to a range. Its ends are numbers or tensors."""
    x = op.value("self")
    limits = {name: op.number(name) for name in ("min", "max") if op.get(name) is not None}
    fields = {
        name: float(limit) for name, limit in limits.items() if isinstance(limit, (int, float)) and isfinite(limit)
    }
    if fields == {"min": 0}:
        x = put(op, "relu", [x.node], x)
    elif fields:
        x = put(op, "clamp", [x.node], x, **fields)
    for name, limit in limits.items():
        if not isinstance(limit, (int, float)):
            x = _limited(op, name, x, op.valued(limit))
    return x


def _limited(op: Operation, name: str, x: Value, limit: Value) -> Value:
    """Return ``x`` limited by a tensor: x + relu(limit − x) from below, or x − relu(x − limit) from above."""
    nodes = [each.node for each in op.aligned([x, limit])]
    beyond = put(op, "subtract", nodes[::-1] if name == "min" else nodes, x)
    beyond = put(op, "relu", [beyond.node], beyond)
    return put(op, "add" if name == "min" else "subtract", [nodes[0], beyond.node], x)


@lowers("addcmul", "addcdiv")
def add_product(op: Operation) -> Value:
    """Return x + value · a · b, or x + value · a / b."""
    x, a, b = (op.value(name) for name in ("self", "tensor1", "tensor2"))
    x, a, b = op.aligned([x, a, b])
    word = "multiply" if "addcmul" in op.target else "divide"
    product = broadcast(op, word, a, b)
    if op["value"] != 1:
        product = put(op, "multiply", [product.node], product, value=float(op["value"]))
    return op.layer("add", nodes=[x.node, product.node])


def broadcast(op: Operation, word: str, a: Value, b: Value) -> Value:
    """Return the op ``word`` of two aligned tensors, in the sizes to which they broadcast."""
    like = next((value for value in (a, b) if value.batch is not None), a)
    rank = max(len(a.sizes), len(b.sizes))
    padded = [(1,) * (rank - len(each.sizes)) + each.sizes for each in (a, b)]
    sizes = tuple([max(pair) for pair in zip(*padded, strict=True)])
    batch = like.batch and like.batch._replace(axis=like.batch.axis + rank - len(like.sizes))
    return put(op, word, [a.node, b.node], Value(-1, sizes, batch))


@lowers("lerp.Scalar")
def between(op: Operation) -> Value:
    """Return x + weight · (end − x)."""
    x, end = op.aligned([op.value("self"), op.value("end")])
    step = op.layer("subtract", nodes=[end.node, x.node])
    part = put(op, "multiply", [step.node], step, value=float(op["weight"]))
    return put(op, "add", [x.node, part.node], part)


@lowers("lerp.Tensor")
def between_by_tensor(op: Operation) -> Value:
    """x + weight · (end − x), with a weight for each element."""
    x, end, weight = op.aligned([op.value("self"), op.value("end"), op.value("weight")])
    part = broadcast(op, "multiply", broadcast(op, "subtract", end, x), weight)
    return op.layer("add", nodes=[x.node, part.node])


@lowers("pow.Scalar")
def exponential(op: Operation) -> Value:
    """A positive number raised to the power of x, e to the power of x times its logarithm."""
    base, x = float(op["self"]), op.value("exponent")
    if base <= 0:
        raise OpError(f"raises {base:g} to a power, but calc only raises positive numbers to powers of tensors")
    power = put(op, "multiply", [x.node], x, value=log(base))
    return put(op, "exp", [power.node], power)


@lowers("softshrink")
def softshrink(op: Operation) -> Value:
    """x − x limited to the range ±lambd."""
    x, limit = op.value("self"), float(op["lambd"])
    within = put(op, "clamp", [x.node], x, min=-limit, max=limit)
    return put(op, "subtract", [x.node, within.node], x)


@lowers("log_sigmoid")
def log_sigmoid(op: Operation) -> Value:
    """Return −softplus(−x)."""
    x = op.value("self")
    minus = put(op, "multiply", [x.node], x, value=-1.0)
    soft = put(op, "softplus", [minus.node], minus)
    return put(op, "multiply", [soft.node], soft, value=-1.0)


@lowers("log1p", "expm1", "exp2", "log2", "log10")
def near_logarithm(op: Operation) -> Value:
    """Return logarithms and exponentials in other forms, expressed by the natural ones."""
    x = op.value("self")
    word = op.target.split(".")[1].removesuffix("_")
    steps: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "log1p": [("add", {"value": 1.0}), ("log", {})],
        "expm1": [("exp", {}), ("add", {"value": -1.0})],
        "exp2": [("multiply", {"value": log(2)}), ("exp", {})],
        "log2": [("log", {}), ("multiply", {"value": 1 / log(2)})],
        "log10": [("log", {}), ("multiply", {"value": 1 / log(10)})],
    }
    for layer, fields in steps[word]:
        x = put(op, layer, [x.node], x, **fields)
    return x


@lowers("tril", "triu")
def triangle(op: Operation) -> Value:
    """Return x with zeros above or below a diagonal."""
    import torch

    x = op.value("self")
    keep = getattr(torch, op.target.split(".")[1].removesuffix("_"))
    mask = op.made(keep(torch.ones(x.sizes[-2:]), op["diagonal"]), "mask")
    return op.layer("multiply", nodes=[x.node, mask.node], batch=x.batch)
