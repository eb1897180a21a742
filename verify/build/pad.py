"""Builds pad."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.pad import Pad
from verify.build.base.function import Function


def build(op: Pad, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.functional.pad, one axis at a time for modes that accept only channels-first maps."""
    rank = inputs[0].ndim
    if op.dim is not None:
        axes = [dim % rank for dim in (op.dim if isinstance(op.dim, tuple) else (op.dim,))]
    elif isinstance(op.padding, tuple):
        axes = list(range(rank - len(op.padding), rank))
    else:
        axes = list(range(2, rank))
    paddings = op.padding if isinstance(op.padding, tuple) else (op.padding,) * len(axes)
    pairs = [p if isinstance(p, tuple) else (p, p) for p in paddings]

    def pad(x: torch.Tensor) -> torch.Tensor:
        if op.mode == "constant":
            by_axis = dict(zip(axes, pairs, strict=True))
            flat = [n for axis in reversed(range(rank)) for n in by_axis.get(axis, (0, 0))]
            return functional.pad(x, flat, value=op.value)
        for axis, pair in zip(axes, pairs, strict=True):
            rows = x.movedim(axis, -1)
            padded = functional.pad(rows.reshape(1, -1, rows.shape[-1]), pair, op.mode)
            x = padded.reshape(*rows.shape[:-1], -1).movedim(-1, axis)
        return x

    return Function(pad)
