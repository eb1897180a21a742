"""Builds window_attention and window_attention3d."""

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from calc.ops.window_attention import ShiftedWindowAttention, WindowAttention
from verify.build.base.padding import each_axis
from verify.build.base.windows import by_head, from_windows, relative_position_index, to_windows

LARGEST_SCALE = math.log(100.0)
HIDDEN = -100.0
"""The number that is added to the scores of hidden pairs, as in the published networks."""


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
        """Return the window and the shift for a map of ``sizes``."""
        raise NotImplementedError

    def position_bias(self, tokens: int) -> torch.Tensor:
        """Return the bias of the scores, (1, heads, tokens, tokens)."""
        raise NotImplementedError

    def project(self, x: torch.Tensor) -> torch.Tensor:
        """Return the queries, keys and values of all heads in one tensor."""
        projected: torch.Tensor = self.qkv(x)
        return projected

    def scores(self, q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        """Return the similarity of every pair of tokens."""
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
        """Return attention between the tokens of each window, for ``x`` (windows, tokens, channels)."""
        q, k, v = self.project(x).reshape(*x.shape[:2], 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = self.scores(q, k) + self.position_bias(x.shape[1])
        if mask is not None:
            scores = (scores.reshape(-1, len(mask), *scores.shape[1:]) + mask).flatten(0, 1)
        joined = torch.matmul(scores.softmax(-1), v).transpose(1, 2).flatten(2)
        projected: torch.Tensor = self.proj(joined)
        return projected


class TableWindows(ShiftedWindows):
    """Swin's windows: the position bias is a learnable table."""

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
    """Swin V2's windows: cosine similarity, and a position bias that a small network computes from the offsets."""

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


class VideoWindows(ShiftedWindows):
    """Video Swin's windows, which shrink to a smaller map. The position bias is a learnable table."""

    def __init__(self, channels: int, heads: int, window: Sequence[int], shift: Sequence[int]) -> None:
        super().__init__(channels, heads, window, shift)
        self.relative_position_bias_table = nn.Parameter(torch.zeros(math.prod(2 * w - 1 for w in window), heads))
        self.register_buffer("relative_position_index", relative_position_index(self.window))

    def fitted(self, sizes: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        window = [min(size, along) for size, along in zip(sizes, self.window, strict=True)]
        shift = [by if size > along else 0 for size, along, by in zip(sizes, self.window, self.shift, strict=True)]
        return window, shift

    def position_bias(self, tokens: int) -> torch.Tensor:
        # the published network uses the first rows of the full window's index for a smaller window too
        return by_head(self.relative_position_bias_table, self.relative_position_index[:tokens, :tokens], tokens)


def build(op: ShiftedWindowAttention, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return attention in shifted windows, from linear layers and separate products."""
    kind: type[ShiftedWindows] = VideoWindows
    if isinstance(op, WindowAttention):
        kind = CosineWindows if op.cosine else TableWindows
    window, shift = (each_axis(sizes, op.rank) for sizes in (op.window_size, op.shift_size))
    return kind(inputs[0].shape[-1], op.num_heads, window, shift)


def shift_mask(sizes: Sequence[int], window: Sequence[int], shift: Sequence[int], like: torch.Tensor) -> torch.Tensor:
    """Return the mask (windows, 1, tokens, tokens): 0 if two tokens were neighbours before the shift, else HIDDEN."""
    regions = like.new_zeros(1, *sizes, 1)
    for axis, (along, by) in enumerate(zip(window, shift, strict=True), start=1):
        regions = 3 * regions
        if by:
            regions.narrow(axis, sizes[axis - 1] - along, along).add_(1)
            regions.narrow(axis, sizes[axis - 1] - by, by).add_(1)
    region = to_windows(regions, window).squeeze(-1)
    return torch.where(region[:, :, None] == region[:, None, :], 0.0, HIDDEN).unsqueeze(1)
