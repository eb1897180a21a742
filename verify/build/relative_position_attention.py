"""Builds relative_position_attention."""

import math

import torch
from torch import nn

from calc.ops.relative_position_attention import RelativePositionAttention
from verify.build.base.attention import join_heads, split_heads


class ShiftedAttention(nn.Module):
    """Attention whose scores have a term for the distance between the two tokens."""

    def __init__(self, features: int, heads: int, bias: bool) -> None:
        super().__init__()
        self.heads = heads
        self.linear_q, self.linear_k, self.linear_v, self.linear_out = (
            nn.Linear(features, features, bias) for _ in range(4)
        )
        self.linear_pos = nn.Linear(features, features, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(heads, features // heads))
        self.pos_bias_v = nn.Parameter(torch.zeros(heads, features // heads))

    def forward(self, x: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        q, k, v = (split_heads(linear(x), self.heads) for linear in (self.linear_q, self.linear_k, self.linear_v))
        p = split_heads(self.linear_pos(positions), self.heads)
        u, w = (bias.unsqueeze(-2) for bias in (self.pos_bias_u, self.pos_bias_v))
        content = torch.matmul(q + u, k.transpose(-2, -1))
        scores = (content + self.by_pair(torch.matmul(q + w, p.transpose(-2, -1)))) / math.sqrt(q.shape[-1])
        joined: torch.Tensor = self.linear_out(join_heads(torch.matmul(scores.softmax(-1), v)))
        return joined

    @staticmethod
    def by_pair(by_distance: torch.Tensor) -> torch.Tensor:
        """Return scores (…, queries, keys) from (…, queries, distances). The first distance is i − j = tokens − 1."""
        tokens = by_distance.shape[-2]
        token = torch.arange(tokens, device=by_distance.device)
        rows = tokens - 1 - (token[:, None] - token[None, :])
        return by_distance.gather(-1, rows.expand(*by_distance.shape[:-1], tokens))


def build(op: RelativePositionAttention, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return Conformer's attention, from linear layers and separate products."""
    return ShiftedAttention(inputs[0].shape[-1], op.num_heads, op.bias)
