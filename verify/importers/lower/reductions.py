"""Means, sums, extremes, variances and norms over axes."""

from typing import Any

import torch

from calc.errors import OpError
from calc.importing import Value
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import is_batch, own_axis, put

_WORDS = {"mean": "mean", "sum": "sum", "amax": "max", "amin": "min", "max": "max", "min": "min"}


@lowers("mean.dim", "sum.dim_IntList", "amax", "amin", "mean.default", "sum.default")
def reduction(op: Operation) -> Value:
    """Return one value for all elements along some axes. The mean over a feature map with keepdim becomes a pool."""
    function = _WORDS[op.target.split(".")[1]]
    return reduced(op, op.value("self"), function, op.get("dim"), op.get("keepdim", False))


@lowers("max.dim", "min.dim")
def extreme(op: Operation) -> tuple[Value, None]:
    """Return the largest or smallest element along an axis, without its position."""
    function = _WORDS[op.target.split(".")[1]]
    return reduced(op, op.value("self"), function, op["dim"], op["keepdim"]), None


@lowers("any.dim", "any.dims", "any.default", "all.dim", "all.dims", "all.default")
def quantified(op: Operation) -> Value:
    """1 where any of the conditions along some axes is true, or all of them are, and 0 elsewhere."""
    if op.node.all_input_nodes[0].meta["val"].dtype != torch.bool:
        raise OpError(f"{op.target} of numbers, but calc supports it only for conditions")
    function = "max" if "any" in op.target else "min"
    return reduced(op, op.value("self"), function, op.get("dim"), op.get("keepdim", False))


@lowers("logsumexp")
def logsumexp(op: Operation) -> Value:
    """The logarithm of the sum of exponentials along some axes."""
    x = op.value("self")
    total = reduced(op, put(op, "exp", [x.node], x), "sum", op["dim"], op["keepdim"])
    return put(op, "log", [total.node], total)


@lowers("topk")
def largest(op: Operation) -> tuple[Value, None]:
    """Return the largest or smallest elements along an axis in order, without their positions."""
    x = op.value("self")
    fields: dict[str, Any] = {} if op["largest"] else {"largest": False}
    return op.layer("topk", x, batch=x.batch, k=op["k"], dim=op.dim(x), **fields), None


def reduced(op: Operation, x: Value, function: str, dims: Any, keepdim: bool) -> Value:
    """Return ``function`` of ``x`` over the axes ``dims``: an integer, a list, or None for all axes."""
    rank = len(x.sizes)
    axes = sorted({dim % rank for dim in _listed(dims, rank)})
    if any(is_batch(x, axis) for axis in axes):
        raise OpError("reduces over the axis of the batch", "every sample must go through the network on its own")
    if not axes:
        return x
    made = without(x, axes, keepdim)
    if function == "mean" and keepdim and _is_map(op, x, axes):
        word = f"adaptive_avg_pool{len(axes)}d"
        node = op.draft.without_channels_elsewhere(op.within, x.node, -len(axes) - 1)
        return put(op, word, [node], made, output_size=1)
    own = [own_axis(x, axis) for axis in axes]
    fields = {"keepdim": True} if keepdim else {}
    dim = own[0] if len(own) == 1 else tuple(own)
    return put(op, "reduce", [x.node], made, function=function, dim=dim, **fields)


def without(x: Value, axes: list[int], keepdim: bool) -> Value:
    """Return ``x`` after each of ``axes`` is reduced to one position, or removed without ``keepdim``."""
    if keepdim:
        return x._replace(sizes=tuple([1 if axis in axes else size for axis, size in enumerate(x.sizes)]))
    sizes = tuple([size for axis, size in enumerate(x.sizes) if axis not in axes])
    batch = x.batch and x.batch._replace(axis=x.batch.axis - sum(axis < x.batch.axis for axis in axes))
    return Value(-1, sizes, batch)


def _listed(dims: Any, rank: int) -> list[int]:
    if dims is None or dims == []:
        return list(range(rank))
    return dims if isinstance(dims, list) else [dims]


def _is_map(op: Operation, x: Value, axes: list[int]) -> bool:
    """Return whether ``axes`` are the two spatial axes of a feature map (N, C, H, W)."""
    rank = len(x.sizes)
    channels = op.draft.channel_axis(x.node)
    is_usual = x.batch is not None and x.batch.axis == 0 and rank == 4 and axes == [2, 3]
    return is_usual and channels in (None, -3)


@lowers("var.dim", "var.correction", "std.dim", "std.correction", "var_mean.correction")
def variance(op: Operation) -> Any:
    """Return the variance, divided by the number of elements minus ``correction``, or its root.

    ``var_mean`` adds the mean.
    """
    x, keepdim = op.value("self"), op["keepdim"]
    rank = len(x.sizes)
    axes = sorted({dim % rank for dim in _listed(op.get("dim"), rank)})
    count = 1
    for axis in axes:
        count *= x.sizes[axis]
    correction = op.get("correction", 1) if op.has("correction") else int(op["unbiased"])
    mean = reduced(op, x, "mean", axes, keepdim=True)
    difference = put(op, "subtract", [x.node, mean.node], x)
    square = put(op, "power", [difference.node], x, value=2.0)
    found = reduced(op, square, "mean", axes, keepdim)
    if correction:
        found = put(op, "multiply", [found.node], found, value=count / (count - correction))
    if "std" in op.target:
        found = put(op, "sqrt", [found.node], found)
    if "var_mean" in op.target:
        return found, mean if keepdim else reduced(op, x, "mean", axes, keepdim=False)
    return found


@lowers("linalg_vector_norm", "norm.ScalarOpt_dim", "norm.Scalar", "frobenius_norm.dim")
def vector_norm(op: Operation) -> Value:
    """Return the root of the sum of powers."""
    order = op.get("ord", op.get("p", 2))
    return norm(op, op.value("self"), order, op.get("dim"), op.get("keepdim", False))


def norm(op: Operation, x: Value, order: Any, dims: Any, keepdim: bool) -> Value:
    """Return the norm of ``x`` of the ``order`` 1, 2 or inf over the axes ``dims``."""
    if order == float("inf"):
        return reduced(op, put(op, "abs", [x.node], x), "max", dims, keepdim)
    if order == 1:
        return reduced(op, put(op, "abs", [x.node], x), "sum", dims, keepdim)
    if order != 2:
        raise OpError(f"is a norm of order {order}; calc has the orders 1, 2 and inf")
    total = reduced(op, put(op, "power", [x.node], x, value=2.0), "sum", dims, keepdim)
    return put(op, "sqrt", [total.node], total)


@lowers("cumsum")
def cumsum(op: Operation) -> Value:
    """Return running sums along an axis."""
    x = op.value("self")
    return op.layer("cumsum", x, batch=x.batch, dim=op.dim(x))
