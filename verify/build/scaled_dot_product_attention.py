"""Builds scaled_dot_product_attention."""

import torch
from torch import nn

from calc.ops.scaled_dot_product_attention import ScaledDotProductAttention
from verify.build.base.attention import attend
from verify.build.base.batches import same_rank
from verify.build.base.function import Function


def build(op: ScaledDotProductAttention, _inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.functional.scaled_dot_product_attention as separate products."""

    def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        if op.enable_gqa:
            k, v = (x.repeat_interleave(q.shape[-3] // x.shape[-3], dim=-3) for x in (k, v))
        if mask is not None:
            _, mask = same_rank(q, mask)
        return attend(q, k, v, op.scale, mask, op.is_causal, op.sliding_window)

    return Function(attention)
