"""Axes between the batch and the channels, folded into the batch as torch.nn's windows need it."""

from collections.abc import Callable

import torch
from torch import nn


def folded(x: torch.Tensor, spatial_axes: int, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """``function`` of ``x`` of shape (batch, …, channels, *spatial) seen as (positions, channels, *spatial)."""
    leading = x.shape[: -spatial_axes - 1]
    out = function(x.flatten(0, -spatial_axes - 2))
    return out.reshape(*leading, *out.shape[1:])


class Folded(nn.Module):
    """A module without parameters, called on (positions, channels, *spatial)."""

    def __init__(self, module: nn.Module, spatial_axes: int) -> None:
        super().__init__()
        self.module = module
        self.spatial_axes = spatial_axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return folded(x, self.spatial_axes, self.module)


def fold_where_needed(module: nn.Module, x: torch.Tensor, spatial_axes: int) -> nn.Module:
    """``module`` itself where ``x`` is (batch, channels, *spatial), else folding it."""
    return module if x.ndim == spatial_axes + 2 else Folded(module, spatial_axes)
