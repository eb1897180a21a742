"""Builds window_attention."""

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from calc.ops.window_attention import WindowAttention
from verify.build.base.padding import each_axis
from verify.build.base.window_attention import ShiftedWindows, by_head, relative_position_index

LARGEST_SCALE = math.log(100.0)


class TableWindows(ShiftedWindows):
    """Swin: the position bias is a learnt table."""

    def __init__(self, channels: int, heads: int, window: Sequence[int], shift: Sequence[int]) -> None:
        super().__init__(channels, heads, window, shift)
        index = relative_position_index(self.window)
        self.relative_position_bias_table = nn.Parameter(torch.zeros(math.prod(2 * w - 1 for w in window), heads))
        self.register_buffer("relative_position_index", index.flatten())

    def fitted(self, sizes: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        shift = [0 if size <= along else by for size, along, by in zip(sizes, self.window, self.shift, strict=True)]
        return self.window, shift

    def position_bias(self, tokens: int) -> torch.Tensor:
        return by_head(self.relative_position_bias_table, self.relative_position_index, tokens)


class CosineWindows(TableWindows):
    """Swin V2: cosine similarity, and a position bias made by a network from the offsets."""

    relative_coords_table: torch.Tensor

    def __init__(self, channels: int, heads: int, window: Sequence[int], shift: Sequence[int]) -> None:
        super().__init__(channels, heads, window, shift)
        del self.relative_position_bias_table
        self.logit_scale = nn.Parameter(torch.full((heads, 1, 1), math.log(10.0)))
        self.cpb_mlp = nn.Sequential(nn.Linear(2, 512), nn.ReLU(), nn.Linear(512, heads, bias=False))
        offsets = torch.meshgrid(*(torch.arange(1.0 - w, w) / (w - 1) * 8 for w in window), indexing="ij")
        table = torch.stack(offsets, -1).unsqueeze(0)
        self.register_buffer("relative_coords_table", table.sign() * (table.abs() + 1).log2() / 3)

    def project(self, x: torch.Tensor) -> torch.Tensor:
        q_bias, k_bias, v_bias = self.qkv.bias.chunk(3)
        return functional.linear(x, self.qkv.weight, torch.cat((q_bias, torch.zeros_like(k_bias), v_bias)))

    def scores(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        similarity = torch.matmul(functional.normalize(q, dim=-1), functional.normalize(k, dim=-1).transpose(-2, -1))
        return similarity * self.logit_scale.clamp(max=LARGEST_SCALE).exp()

    def position_bias(self, tokens: int) -> torch.Tensor:
        rows = self.cpb_mlp(self.relative_coords_table).reshape(-1, self.heads)
        return 16 * by_head(rows, self.relative_position_index, tokens).sigmoid()


def build(op: WindowAttention, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Attention in shifted windows over height and width, from linear layers and single products."""
    kind = CosineWindows if op.cosine else TableWindows
    return kind(inputs[0].shape[-1], op.num_heads, each_axis(op.window_size, 2), each_axis(op.shift_size, 2))
