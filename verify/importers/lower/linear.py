"""Fully connected layers."""

from calc.errors import OpError
from calc.importing import Value
from verify.importers.operation import Operation
from verify.importers.registry import lowers


@lowers("linear")
def linear(op: Operation) -> Value:
    """x Wᵀ + b over the last axis; weight and bias are its own, or arrive."""
    x, bias = op.value("input"), op["bias"]
    if x.batch is not None and x.batch.axis == len(x.sizes) - 1:
        raise OpError("multiplies along the axis of the batch", "every sample has to go through the network alone")
    weight = op["weight"]
    out_features = op.sizes_of(weight)[0]
    node = op.draft.without_channels_elsewhere(op.within, x.node, -1)
    without = {} if bias is not None else {"bias": False}
    return op.layer(
        "linear", nodes=[node], tensors={"weight": weight, "bias": bias}, batch=x.batch,
        out_features=out_features, **without,
    )  # fmt: skip
