"""Splits channels-last maps into windows, and numbers the relative positions inside them."""

from collections.abc import Sequence

import torch


def to_windows(x: torch.Tensor, window: Sequence[int]) -> torch.Tensor:
    """Reshape (batch, *map, channels) to (batch · windows, tokens, channels)."""
    rank = len(window)
    split = [n for size, along in zip(x.shape[1:-1], window, strict=True) for n in (size // along, along)]
    x = x.reshape(len(x), *split, x.shape[-1])
    counts, tokens = range(1, 2 * rank, 2), range(2, 2 * rank + 1, 2)
    return x.permute(0, *counts, *tokens, -1).flatten(rank + 1, -2).flatten(0, rank)


def from_windows(x: torch.Tensor, window: Sequence[int], sizes: Sequence[int]) -> torch.Tensor:
    """Return the inverse of ``to_windows``: a map of ``sizes`` from its windows."""
    rank = len(window)
    counts = [size // along for size, along in zip(sizes, window, strict=True)]
    x = x.reshape(-1, *counts, *window, x.shape[-1])
    pairs = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    return x.permute(0, *pairs, -1).reshape(-1, *sizes, x.shape[-1])


def relative_position_index(window: Sequence[int]) -> torch.Tensor:
    """Return the row of the bias table for the offset between each two positions of a window, (tokens, tokens)."""
    grids = torch.meshgrid(*map(torch.arange, window), indexing="ij")
    index = torch.zeros((), dtype=torch.int64)
    for size, grid in zip(window, grids, strict=True):
        position = grid.flatten()
        index = index * (2 * size - 1) + (position[:, None] - position[None, :] + size - 1)
    return index


def by_head(rows: torch.Tensor, index: torch.Tensor, tokens: int) -> torch.Tensor:
    """Return the bias (1, heads, tokens, tokens) from the table ``rows`` (offsets, heads)."""
    return rows[index.flatten()].reshape(tokens, tokens, -1).permute(2, 0, 1).unsqueeze(0)
