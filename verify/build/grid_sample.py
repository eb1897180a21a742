"""Builds grid_sample."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.grid_sample import GridSample
from verify.build.base.batches import same_batch
from verify.build.base.function import Function


def build(op: GridSample, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """torch.nn.functional.grid_sample, whose arguments are named as the fields."""

    def sample(x: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
        x, grid = same_batch(x, grid)
        return functional.grid_sample(x, grid, **op.values())

    return Function(sample)
