"""Folds axes between the batch and the channels into the batch, as torch.nn's convolutions and pools need."""

from collections.abc import Callable

import torch
from torch import nn


def folded(x: torch.Tensor, spatial_axes: int, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Apply ``function`` to ``x`` (batch, …, channels, *spatial), reshaped to (positions, channels, *spatial)."""
    leading = x.shape[: -spatial_axes - 1]
    out = function(x.flatten(0, -spatial_axes - 2))
    return out.reshape(*leading, *out.shape[1:])


class Folded(nn.Module):
    """Calls a module without parameters on its input reshaped to (positions, channels, *spatial)."""

    def __init__(self, module: nn.Module, spatial_axes: int) -> None:
        super().__init__()
        self.module = module
        self.spatial_axes = spatial_axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return folded(x, self.spatial_axes, self.module)


def fold_where_needed(module: nn.Module, x: torch.Tensor, spatial_axes: int) -> nn.Module:
    """Return ``module`` itself if ``x`` is (batch, channels, *spatial), else ``module`` with folding."""
    return module if x.ndim == spatial_axes + 2 else Folded(module, spatial_axes)
