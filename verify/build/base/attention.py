"""Attention in single products, so that a dispatcher sees each of them on any device."""

import math

import torch


def attend(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    scale: float | None = None,
    mask: torch.Tensor | None = None,
    is_causal: bool = False,
) -> torch.Tensor:
    """softmax(q kᵀ · scale + mask) v over (…, tokens, features); a Boolean mask is true where pairs count."""
    scores = torch.matmul(q, k.transpose(-2, -1)) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if is_causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    return torch.matmul(scores.softmax(-1), v)


def split_heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    """(…, tokens, heads · features) as (…, heads, tokens, features)."""
    return x.reshape(*x.shape[:-1], heads, -1).transpose(-3, -2)


def join_heads(x: torch.Tensor) -> torch.Tensor:
    """(…, heads, tokens, features) as (…, tokens, heads · features)."""
    return x.transpose(-3, -2).flatten(-2)
