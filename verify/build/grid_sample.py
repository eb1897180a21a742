"""Builds grid_sample."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.grid_sample import GridSample
from verify.build.base.batches import same_batch
from verify.build.base.function import Function


def build(op: GridSample, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.functional.grid_sample. Its arguments have the names of the fields."""

    def sample(x: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        x, grid = same_batch(x, grid)
        folded = grid.ndim - grid.shape[-1] - 2
        sampled = functional.grid_sample(x.flatten(0, folded), grid.flatten(0, folded), **op.values())
        return sampled.reshape(*grid.shape[: folded + 1], *sampled.shape[1:])

    return Function(sample)
