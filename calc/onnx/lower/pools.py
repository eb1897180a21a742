"""Pooling over windows, and global pooling."""

from typing import Any

from calc.errors import OpError
from calc.onnx.call import NodeCall
from calc.onnx.lower.convolutions import alike, check_rank, padding, per_axis
from calc.onnx.values import Flow, Thing
from calc.onnx.weights import needs_samples_first


def pool(call: NodeCall) -> list[Thing | None]:
    """Convert MaxPool, AveragePool and LpPool. The padding is a field of the pool."""
    x = call.flow()
    rank = x.rank - 2
    check_rank(rank, x)
    needs_samples_first(x)
    if len([name for name in call.node.outputs if name and call.building.reads(name)]) > 1:
        raise OpError("its second output, the positions, is read, but calc's pools return only the values")
    kernels = per_axis(call, "kernel_shape", rank, 0)
    strides, dilations = per_axis(call, "strides", rank, 1), per_axis(call, "dilations", rank, 1)
    fields: dict[str, Any] = {"kernel_size": alike(kernels)}
    if strides != kernels:
        fields["stride"] = alike(strides)
    pads = padding(call, kernels, strides, dilations, x.sizes[2:])
    if call.node.op != "LpPool":
        fields["padding"] = pads
    elif pads not in (0, (0,) * rank) or set(dilations) != {1}:
        raise OpError("it has padding or dilation, but calc's lp_pool has neither")
    if call.attribute("ceil_mode", 0):
        fields["ceil_mode"] = True
    if call.node.op == "MaxPool":
        fields["dilation"] = alike(dilations)
    elif set(dilations) != {1}:
        raise OpError(f"dilations={list(dilations)}, but calc's average pool has no dilation")
    if call.node.op == "AveragePool" and pads != 0:
        included = bool(call.attribute("count_include_pad", 0))
        if included is (pads == "same"):
            fields["count_include_pad"] = included
        elif not included:
            fields["count_include_pad"] = False
    if call.node.op == "LpPool":
        fields["norm_type"] = float(call.attribute("p", 2))
    word = {"MaxPool": "max_pool", "AveragePool": "avg_pool", "LpPool": "lp_pool"}[call.node.op]
    index = call.layer(f"{word}{rank}d", (call.channels_at(x, 1),), **fields)
    return [call.out(index, x.value.batch, x)]


def of_all(call: NodeCall) -> list[Thing | None]:
    """Convert GlobalAveragePool and GlobalMaxPool."""
    x = call.flow()
    needs_samples_first(x)
    rank = x.rank - 2
    word = {"GlobalAveragePool": "adaptive_avg_pool", "GlobalMaxPool": "adaptive_max_pool"}[call.node.op]
    if not 1 <= rank <= 3:
        function = "mean" if word == "adaptive_avg_pool" else "max"
        dims = tuple([x.dim(axis) for axis in range(2, x.rank)])
        return call.same(x, call.layer("reduce", (x.node,), function=function, dim=dims, keepdim=True))
    return call.same(x, call.layer(f"{word}{rank}d", (call.channels_at(x, 1),), output_size=1))


def lp_of_all(call: NodeCall) -> list[Thing | None]:
    """Convert GlobalLpPool to a window over the whole input."""
    x: Flow = call.flow()
    needs_samples_first(x)
    rank = x.rank - 2
    check_rank(rank, x)
    fields = {"kernel_size": alike(x.sizes[2:]), "norm_type": float(call.attribute("p", 2))}
    return call.same(x, call.layer(f"lp_pool{rank}d", (call.channels_at(x, 1),), **fields))


RULES = {
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), pool), "GlobalAveragePool": of_all, "GlobalMaxPool": of_all,
    "GlobalLpPool": lp_of_all,
}  # fmt: skip
