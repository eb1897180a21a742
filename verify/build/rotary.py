"""Builds rotary."""

import torch
from torch import nn

from calc.ops.rotary import Rotary


class RotaryEmbedding(nn.Module):
    """A rotary position embedding. It holds the frequencies; the angles follow from the number of tokens."""

    inv_freq: torch.Tensor

    def __init__(self, op: Rotary, channels: int) -> None:
        super().__init__()
        self.heads, self.interleaved, self.start = op.heads, op.interleaved, op.start
        self.turned = int(channels // op.heads * op.fraction)
        exponents = torch.arange(0, self.turned, 2) / self.turned
        self.register_buffer("inv_freq", 1 / op.base**exponents, persistent=op.persistent)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heads = x.reshape(*x.shape[:-1], self.heads, -1)
        turned, kept = heads[..., : self.turned], heads[..., self.turned :]
        positions = torch.arange(self.start, self.start + x.shape[-2], device=x.device)
        angles = (positions[:, None] * self.inv_freq)[:, None, :]
        first, second = (turned[..., ::2], turned[..., 1::2]) if self.interleaved else turned.chunk(2, -1)
        pair = (first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin())
        turned = torch.stack(pair, -1).flatten(-2) if self.interleaved else torch.cat(pair, -1)
        return torch.cat((turned, kept), -1).flatten(-2)


def build(op: Rotary, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return a layer that rotates its input by position."""
    return RotaryEmbedding(op, inputs[0].shape[-1])
