"""Distances and similarities of two tensors along an axis."""

from calc.importing import Value
from verify.importers.lower.elements import broadcast
from verify.importers.lower.reductions import norm, reduced
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import put


@lowers("cosine_similarity")
def cosine_similarity(op: Operation) -> Value:
    """Return the sum of the products of two tensors along an axis, each divided by its length."""
    dim = op["dim"]
    one, two = [_of_length_one(op, each, dim) for each in op.aligned([op.value("x1"), op.value("x2")])]
    return reduced(op, broadcast(op, "multiply", one, two), "sum", dim, keepdim=False)


def _of_length_one(op: Operation, x: Value, dim: int) -> Value:
    length = norm(op, x, 2, dim, keepdim=True)
    length = put(op, "clamp", [length.node], length, min=float(op["eps"]))
    return put(op, "divide", [x.node, length.node], x)


@lowers("pairwise_distance")
def pairwise_distance(op: Operation) -> Value:
    """Return the norm of the difference of two tensors along their last axis."""
    difference = broadcast(op, "subtract", *op.aligned([op.value("x1"), op.value("x2")]))
    shifted = put(op, "add", [difference.node], difference, value=float(op["eps"]))
    return norm(op, shifted, op["p"], -1, op["keepdim"])
