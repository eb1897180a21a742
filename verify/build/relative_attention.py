"""Builds relative_attention."""

import torch
from torch import nn

from calc.ops.relative_attention import RelativeAttention
from verify.build.base.windows import by_head, from_windows, relative_position_index, to_windows


class PartitionAttention(nn.Module):
    """Attention inside windows, or between the tokens of a grid that is spread over the map."""

    relative_position_index: torch.Tensor

    def __init__(self, channels: int, head_dim: int, side: int, grid: bool) -> None:
        super().__init__()
        self.heads = channels // head_dim
        self.side = side
        self.grid = grid
        self.to_qkv = nn.Linear(channels, 3 * channels)
        self.merge = nn.Linear(channels, channels)
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * side - 1) ** 2, self.heads))
        self.register_buffer("relative_position_index", relative_position_index((side, side)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        maps = x.reshape(-1, *x.shape[-3:])
        sizes = maps.shape[1:3]
        # the tokens of a grid are at the same place in each cell of a coarse window partition
        cell = [size // self.side for size in sizes] if self.grid else [self.side, self.side]
        groups = to_windows(maps, cell)
        groups = groups.reshape(len(maps), -1, *groups.shape[1:])
        if self.grid:
            groups = groups.transpose(1, 2)
        groups = self.attend(groups)
        if self.grid:
            groups = groups.transpose(1, 2)
        return from_windows(groups.flatten(0, 1), cell, sizes).reshape(x.shape)

    def attend(self, x: torch.Tensor) -> torch.Tensor:
        """Return attention inside each group of ``x`` (batch, groups, tokens, channels).

        The scale uses all channels.
        """
        tokens, channels = x.shape[-2:]
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(2, 3) for part in self.to_qkv(x).chunk(3, -1))
        scores = torch.matmul(q, (k * channels**-0.5).transpose(-2, -1))
        scores = scores + by_head(self.relative_position_bias_table, self.relative_position_index, tokens)
        joined = torch.matmul(scores.softmax(-1), v).transpose(2, 3).flatten(3)
        merged: torch.Tensor = self.merge(joined)
        return merged


def build(op: RelativeAttention, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return MaxViT's attention, from linear layers and separate products."""
    return PartitionAttention(inputs[0].shape[-1], op.head_dim, op.partition_size, op.grid)
