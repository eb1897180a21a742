"""Ops that are not modules of torch.nn, written as they are in the models that counters usually see."""

import torch
from torch import nn

from calc.ops.einsum import Einsum
from calc.ops.rotary import Rotary
from verify.build.rotary import RotaryEmbedding


class CalledEinsum(nn.Module):
    """torch.einsum. It is looked up at every call, so that a counter may replace it."""

    def __init__(self, op: Einsum) -> None:
        super().__init__()
        self.equation = op.equation.replace(" ", "")

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        left, _, output = self.equation.partition("->")
        operands = [x if output[0] in term else x[0] for x, term in zip(inputs, left.split(","), strict=True)]
        return torch.einsum(self.equation, *operands)


class TwoProducts(nn.Module):
    """x · cos + turned x · sin, as in Llama and GPT-NeoX. The tables are computed in advance."""

    def __init__(self, op: Rotary, built: RotaryEmbedding, tokens: int) -> None:
        super().__init__()
        self.heads, self.interleaved, self.turned = op.heads, op.interleaved, built.turned
        angles = torch.arange(tokens)[:, None] * built.inv_freq
        angles = angles.repeat_interleave(2, -1) if op.interleaved else torch.cat((angles, angles), -1)
        self.cos, self.sin = angles.cos()[:, None], angles.sin()[:, None]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        heads = x.reshape(*x.shape[:-1], self.heads, -1)
        first, kept = heads[..., : self.turned], heads[..., self.turned :]
        return torch.cat((first * self.cos + self._quarter_turn(first) * self.sin, kept), -1).flatten(-2)

    def _quarter_turn(self, x: torch.Tensor) -> torch.Tensor:
        """Return (a, b) of every pair as (−b, a)."""
        if self.interleaved:
            return torch.stack((-x[..., 1::2], x[..., ::2]), -1).flatten(-2)
        a, b = x.chunk(2, -1)
        return torch.cat((-b, a), -1)
