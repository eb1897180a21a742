"""Builds max_unpool1d, max_unpool2d and max_unpool3d."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from calc.ops.max_unpool import MaxUnpool
from verify.build.base.batches import same_batch
from verify.build.base.function import Function

Functions = dict[int, Callable[..., Any]]
POOLS: Functions = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
UNPOOLS: Functions = {1: functional.max_unpool1d, 2: functional.max_unpool2d, 3: functional.max_unpool3d}


def build(op: MaxUnpool, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.functional's max pool, for the positions, and its unpool.

    Leading axes are folded into the batch.
    """
    fields = (op.kernel_size, op.stride, op.padding)

    def unpool(x: torch.Tensor, pooled: torch.Tensor) -> torch.Tensor:
        x, pooled = same_batch(x, pooled)
        leading, sizes = pooled.shape[: -op.rank - 1], pooled.shape[-op.rank :]
        _, positions = POOLS[op.rank](pooled.flatten(0, -op.rank - 2), *fields, return_indices=True)
        out = UNPOOLS[op.rank](x.flatten(0, -op.rank - 2), positions, *fields, output_size=sizes)
        return torch.reshape(out, (*leading, *out.shape[1:]))

    return Function(unpool)
