"""Pools over sliding windows, adaptive pools, and max unpooling."""

import operator
from typing import Any, cast

from torch import fx

from calc.errors import OpError
from calc.importing import Value
from verify.importers.fields import given, one_or_each
from verify.importers.operation import Operation
from verify.importers.packets import is_dropped, packet
from verify.importers.registry import lowers
from verify.importers.steps import as_sample, regrouped_to


@lowers("max_pool1d", "max_pool2d", "max_pool3d")
def max_pool(op: Operation) -> Value:
    """Return the largest element of each window."""
    rank = _rank(op)
    return _pool(op, f"max_pool{rank}d", rank, _window(op, rank, {"dilation": 1}))


@lowers("max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices")
def max_pool_of_two(op: Operation) -> tuple[Value | None, None]:
    """Like ``max_pool``, but with two results: the values, if they are read, and None for the positions."""
    values = any(user.args[1] == 0 and user.users for user in op.node.users if user.target is operator.getitem)
    return max_pool(op) if values else None, None


@lowers("max_unpool2d", "max_unpool3d")
def max_unpool(op: Operation) -> Value:
    """Return elements put back at the positions where a max pool found them.

    A pool over one axis has a further axis of size 1 here.
    """
    pool = _pool_of(op.argument("indices"))
    if pool is None:
        raise OpError(
            "reads positions that are not those of a max pool", "pass on the second result of a max pool unchanged"
        )
    of_pool = op.like(pool)
    rank = _rank(of_pool)
    fields = _window(of_pool, rank, {"dilation": 1})
    if {"dilation", "ceil_mode"} & set(fields):
        raise OpError("reads the positions of a pool with dilation or ceil_mode", "calc's max_unpool has neither")
    x, pooled = op.value("self"), as_sample(of_pool, of_pool.first)
    if (x.batch and x.batch.folded) != (pooled.batch and pooled.batch.folded):
        raise OpError("mixes the samples of a batch", "every sample must go through the network on its own")
    wanted = pooled.sizes[-rank:]
    if tuple(op["output_size"][:rank]) != wanted:
        shown = "×".join(map(str, op["output_size"][:rank]))
        raise OpError(
            f"gives {shown}, but the pool read {'×'.join(map(str, wanted))}",
            "give max_unpool the sizes before the pool",
        )
    nodes = [
        op.draft.without_channels_elsewhere(op.within, node, -rank - 1)
        for node in (regrouped_to(op, x, x.sample[: len(pooled.sample)]), pooled.node)
    ]
    made = Value(-1, op.sizes, x.batch)
    found = op.draft.add(op.name(f"max_unpool{rank}d"), f"max_unpool{rank}d", nodes, pooled.sample, **fields)
    return made._replace(node=regrouped_to(op, made._replace(node=found), made.sample))


def _pool_of(positions: Any) -> fx.Node | None:
    """Return the max pool whose second result is ``positions``, possibly with a further axis; else None."""
    node: Any = positions
    while isinstance(node, fx.Node) and node.op == "call_function":
        source, *rest = cast("tuple[Any, ...]", node.args)
        if node.target is operator.getitem:
            return source if rest == [1] and packet(source.target).startswith("max_pool") else None
        if not is_dropped(node.target) and packet(node.target) != "unsqueeze":
            return None
        node = source
    return None


@lowers("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(op: Operation) -> Value:
    """Return the mean of each window."""
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
    """Return a pool whose output has a given size.

    A max pool has two results: the values, and None for the positions.
    """
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
