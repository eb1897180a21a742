"""Builds the adaptive pools."""

from collections.abc import Callable

import torch
from torch import nn

from calc.ops.adaptive_pool import AdaptiveMaxPool, AdaptivePool
from verify.build.base.folding import fold_where_needed

Modules = dict[int, Callable[..., nn.Module]]

MAX: Modules = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}
AVG: Modules = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}


def build(op: AdaptivePool, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn's adaptive pool of the op's rank. An output size of null keeps the size of the input."""
    modules = MAX if isinstance(op, AdaptiveMaxPool) else AVG
    arriving = inputs[0].shape[-op.rank :]
    written = op.output_size if isinstance(op.output_size, tuple) else (op.output_size,) * op.rank
    sizes = [size if wanted is None else wanted for size, wanted in zip(arriving, written, strict=True)]
    return fold_where_needed(modules[op.rank](sizes if op.rank > 1 else sizes[0]), inputs[0], op.rank)
