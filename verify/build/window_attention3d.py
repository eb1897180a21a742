"""Builds window_attention3d."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from calc.ops.window_attention3d import WindowAttention3d
from verify.build.base.padding import each_axis
from verify.build.base.window_attention import ShiftedWindows, by_head, relative_position_index


class VideoWindows(ShiftedWindows):
    """Windows that shrink to the map where it is smaller, with a learnt table for the position bias."""

    def __init__(self, channels: int, heads: int, window: Sequence[int], shift: Sequence[int]) -> None:
        super().__init__(channels, heads, window, shift)
        self.relative_position_bias_table = nn.Parameter(torch.zeros(math.prod(2 * w - 1 for w in window), heads))
        self.register_buffer("relative_position_index", relative_position_index(self.window))

    def fitted(self, sizes: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        window = [min(size, along) for size, along in zip(sizes, self.window, strict=True)]
        shift = [by if size > along else 0 for size, along, by in zip(sizes, self.window, self.shift, strict=True)]
        return window, shift

    def position_bias(self, tokens: int) -> torch.Tensor:
        # the published network takes the first rows of the whole window's index for a smaller one too
        return by_head(self.relative_position_bias_table, self.relative_position_index[:tokens, :tokens], tokens)


def build(op: WindowAttention3d, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Attention in shifted windows over depth, height and width."""
    return VideoWindows(inputs[0].shape[-1], op.num_heads, each_axis(op.window_size, 3), each_axis(op.shift_size, 3))
