"""Builds attention."""

import torch
from torch import nn

from calc.ops.attention import Attention
from verify.build.base.attention import attend, join_heads, split_heads
from verify.build.base.batches import same_rank
from verify.build.base.function import Function


def build(op: Attention, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return attention in separate products, between splitting and joining the heads."""
    kv_heads = op.num_heads if op.num_kv_heads is None else op.num_kv_heads

    def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        q = split_heads(q, op.num_heads)
        k, v = (split_heads(x, kv_heads).repeat_interleave(op.num_heads // kv_heads, dim=-3) for x in (k, v))
        sinks = None
        if op.sinks and bias is not None:
            sinks, bias = bias.reshape(len(bias), *(1,) * (q.ndim - 4), op.num_heads, 1, 1), None
        elif bias is not None:
            _, bias = same_rank(q, bias)
        return join_heads(attend(q, k, v, op.scale, bias, op.is_causal, op.sliding_window, op.softcap, sinks))

    return Function(attention)
