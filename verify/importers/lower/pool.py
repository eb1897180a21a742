"""Pools over sliding windows, and adaptive ones."""

from typing import Any

from calc.importing import Value
from verify.importers.fields import given, one_or_each
from verify.importers.operation import Operation
from verify.importers.registry import lowers
from verify.importers.steps import as_sample


@lowers("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(op: Operation) -> Value:
    """The largest element of each window."""
    rank = _rank(op)
    return _pool(op, f"max_pool{rank}d", rank, _window(op, rank, {"dilation": 1}))


@lowers("max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices")
def max_pool_of_two(op: Operation) -> tuple[Value, None]:
    """As ``max_pool``; of its two results the first, its values."""
    return max_pool(op), None


@lowers("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(op: Operation) -> Value:
    """The mean of each window."""
    rank = _rank(op)
    fields = _window(op, rank, {})
    if not op["count_include_pad"] and op["padding"] and any(op["padding"]):
        fields["count_include_pad"] = False
    if op.get("divisor_override") is not None:
        fields["divisor_override"] = op["divisor_override"]
    return _pool(op, f"avg_pool{rank}d", rank, fields)


@lowers("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
        "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d")  # fmt: skip
def adaptive_pool(op: Operation) -> Any:
    """A pool whose output has a given size; of a maximum's two results the first, its values."""
    rank = _rank(op)
    kind = "max" if "max" in op.target else "avg"
    value = _pool(op, f"adaptive_{kind}_pool{rank}d", rank, {"output_size": one_or_each(op["output_size"], rank)})
    return (value, None) if kind == "max" else value


def _rank(op: Operation) -> int:
    return int(op.target.partition("pool")[2][0])


def _window(op: Operation, rank: int, usual: dict[str, Any]) -> dict[str, Any]:
    kernel = one_or_each(op["kernel_size"], rank)
    stride = one_or_each(op["stride"] or kernel, rank)
    values: dict[str, Any] = {"stride": stride, "padding": one_or_each(op["padding"], rank)}
    values |= {name: one_or_each(op[name], rank) for name in usual}
    values["ceil_mode"] = op["ceil_mode"]
    fields = given({"stride": kernel, "padding": 0, "ceil_mode": False, **usual}, **values)
    return {"kernel_size": kernel, **fields}


def _pool(op: Operation, word: str, rank: int, fields: dict[str, Any]) -> Value:
    x = as_sample(op, op.first)
    node = op.draft.without_channels_elsewhere(op.within, x.node, -rank - 1)
    return op.layer(word, nodes=[node], batch=x.batch, **fields)
