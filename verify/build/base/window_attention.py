"""Windows of channels-last maps, their relative positions, and the attention inside them."""

from collections.abc import Sequence

import torch
from torch import nn

HIDDEN = -100.0
"""What is added to the score of a pair that must not see each other, as the published networks do."""


def to_windows(x: torch.Tensor, window: Sequence[int]) -> torch.Tensor:
    """(batch, *map, channels) as (batch · windows, tokens, channels)."""
    rank = len(window)
    split = [n for size, along in zip(x.shape[1:-1], window, strict=True) for n in (size // along, along)]
    x = x.reshape(len(x), *split, x.shape[-1])
    counts, tokens = range(1, 2 * rank, 2), range(2, 2 * rank + 1, 2)
    return x.permute(0, *counts, *tokens, -1).flatten(rank + 1, -2).flatten(0, rank)


def from_windows(x: torch.Tensor, window: Sequence[int], sizes: Sequence[int]) -> torch.Tensor:
    """The map of ``sizes`` again, from its windows in the order of ``to_windows``."""
    rank = len(window)
    counts = [size // along for size, along in zip(sizes, window, strict=True)]
    x = x.reshape(-1, *counts, *window, x.shape[-1])
    pairs = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    return x.permute(0, *pairs, -1).reshape(-1, *sizes, x.shape[-1])


def relative_position_index(window: Sequence[int]) -> torch.Tensor:
    """(tokens, tokens): the row of the bias table for the offset between two positions of a window."""
    grids = torch.meshgrid(*map(torch.arange, window), indexing="ij")
    index = torch.zeros((), dtype=torch.int64)
    for size, grid in zip(window, grids, strict=True):
        position = grid.flatten()
        index = index * (2 * size - 1) + (position[:, None] - position[None, :] + size - 1)
    return index


def by_head(rows: torch.Tensor, index: torch.Tensor, tokens: int) -> torch.Tensor:
    """(1, heads, tokens, tokens) from ``rows`` (offsets, heads)."""
    return rows[index.flatten()].reshape(tokens, tokens, -1).permute(2, 0, 1).unsqueeze(0)


def shift_mask(sizes: Sequence[int], window: Sequence[int], shift: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """(windows, 1, tokens, tokens): 0 where two tokens of a shifted map were neighbours before, else HIDDEN."""
    regions = like.new_zeros(1, *sizes, 1)
    for axis, (along, by) in enumerate(zip(window, shift, strict=True), start=1):
        regions = 3 * regions
        if by:
            regions.narrow(axis, sizes[axis - 1] - along, along).add_(1)
            regions.narrow(axis, sizes[axis - 1] - by, by).add_(1)
    region = to_windows(regions, window).squeeze(-1)
    return torch.where(region[:, :, None] == region[:, None, :], 0.0, HIDDEN).unsqueeze(1)


class ShiftedWindows(nn.Module):
    """Pads the map to whole windows, shifts it, attends inside the windows, and undoes both."""

    relative_position_index: torch.Tensor

    def __init__(self, channels: int, heads: int, window: Sequence[int], shift: Sequence[int]) -> None:
        super().__init__()
        self.heads = heads
        self.window = tuple(window)
        self.shift = tuple(shift)
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)

    def fitted(self, sizes: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        """Window and shift on a map of ``sizes``."""
        raise NotImplementedError

    def position_bias(self, tokens: int) -> torch.Tensor:
        """(1, heads, tokens, tokens)."""
        raise NotImplementedError

    def project(self, x: torch.Tensor) -> torch.Tensor:
        """Queries, keys and values of all heads side by side."""
        projected: torch.Tensor = self.qkv(x)
        return projected

    def scores(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        """The similarity of every pair."""
        return torch.matmul(q * q.shape[-1] ** -0.5, k.transpose(-2, -1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        rank = len(self.window)
        leading, sizes = x.shape[: -rank - 1], x.shape[-rank - 1 : -1]
        x = x.reshape(-1, *x.shape[-rank - 1 :])
        axes = tuple(range(1, rank + 1))
        window, shift = self.fitted(sizes)
        missing = [-size % along for size, along in zip(sizes, window, strict=True)]
        x = nn.functional.pad(x, (0, 0, *(n for after in reversed(missing) for n in (0, after))))
        padded = x.shape[1:-1]
        if any(shift):
            x = x.roll([-by for by in shift], axes)
        mask = shift_mask(padded, window, shift, x) if any(shift) else None
        x = self.attend(to_windows(x, window), mask)
        x = from_windows(x, window, padded)
        if any(shift):
            x = x.roll(list(shift), axes)
        for axis, size in zip(axes, sizes, strict=True):
            x = x.narrow(axis, 0, size)
        return x.reshape(*leading, *x.shape[1:])

    def attend(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Attention among the tokens of each window, ``x`` being (windows, tokens, channels)."""
        q, k, v = self.project(x).reshape(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = self.scores(q, k) + self.position_bias(x.shape[1])
        if mask is not None:
            scores = (scores.reshape(-1, len(mask), *scores.shape[1:]) + mask).flatten(0, 1)
        joined = torch.matmul(scores.softmax(-1), v).transpose(1, 2).flatten(2)
        projected: torch.Tensor = self.proj(joined)
        return projected
