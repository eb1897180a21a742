"""Fully connected layers."""

from typing import Any

from calc.errors import OpError
from calc.importing import Value
from verify.importers.operation import Operation
from verify.importers.registry import lowers


@lowers("linear")
def linear(op: Operation) -> Value:
    """Return x Wᵀ + b over the last axis; weight and bias are the layer's own or inputs."""
    x, bias = op.value("input"), op["bias"]
    if x.batch is not None and x.batch.axis == len(x.sizes) - 1:
        raise OpError("multiplies along the axis of the batch", "every sample must go through the network on its own")
    weight = op["weight"]
    out_features = op.sizes_of(weight)[0]
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1)
    without = {} if bias is not None else {"bias": False}
    return op.layer(
        "linear", nodes=[node], tensors={"weight": weight, "bias": bias}, batch=x.batch,
        out_features=out_features, **without,
    )  # fmt: skip


@lowers("bilinear")
def bilinear(op: Operation) -> Value:
    """Return x1ᵀ W x2 + b over the last axes of two tensors; weight and bias are the layer's own or inputs."""
    pair = op.aligned([op.value("input1"), op.value("input2")])
    if any(each.batch is not None and each.batch.axis == len(each.sizes) - 1 for each in pair):
        raise OpError("multiplies along the axis of the batch", "every sample must go through the network on its own")
    weight, bias = op["weight"], op["bias"]
    nodes = [op.draft.without_channels_elsewhere(op.within, each.node, -1) for each in pair]
    without: dict[str, Any] = {} if bias is not None else {"bias": False}
    tensors, out_features = {"weight": weight, "bias": bias}, op.sizes_of(weight)[0]
    return op.layer("bilinear", nodes=nodes, tensors=tensors, out_features=out_features, **without)
