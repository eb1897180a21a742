"""Converts writes to the positions that a mask marks: ``x[mask] = value``."""

import torch
from torch import fx

from calc.errors import OpError
from calc.importing import Value
from verify.importers.lower.axes import unsqueezed
from verify.importers.lower.comparisons import chosen, opposite
from verify.importers.operation import Operation
from verify.importers.registry import lowers


@lowers("index_put")
def masked_write(op: Operation) -> Value:
    """Return a number, or a tensor for each position, where the mask over the first axes is true, and else x."""
    x, value, (mask, *others) = op.value("self"), op.number("values"), op.argument("indices")
    if others or not isinstance(mask, fx.Node) or mask.meta["val"].dtype != torch.bool or op.get("accumulate"):
        raise OpError("writes to positions that are not given by one mask", "use torch.where or torch.cat instead")
    where = op.valued(op["indices"][0])
    free = len(x.sizes) - len(where.sizes)
    for _ in range(free):
        where = unsqueezed(op, where, len(where.sizes))
    if isinstance(value, (int, float)):
        return chosen(op, opposite(op, where), x, value)
    written = op.valued(value)
    if len(written.sizes) > free:
        raise OpError(
            f"writes a tensor of {len(written.sizes)} axes to positions of {free} axes, one value after another",
            "torch.where(mask, values, x) takes each value from its own position",
        )
    return op.layer("where", *op.aligned([where, written, x]))
