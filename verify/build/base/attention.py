"""Attention as separate products, so that the dispatcher sees each of them on any device."""

import math

import torch


def attend(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    scale: float | None = None,
    mask: torch.Tensor | None = None,
    is_causal: bool | str = False,
    sliding_window: int | None = None,
    softcap: float | None = None,
    sinks: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return softmax(q kᵀ · scale + mask) v over (…, tokens, features). A Boolean mask is true for pairs that count.

    A causal mask, also with a sliding window, is used in addition to ``mask``. ``sinks`` (…, heads, 1, 1) has for each
    head a score that takes part in the softmax and has no value.
    """
    scores = torch.matmul(q, k.transpose(-2, -1)) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if softcap is not None:
        scores = (scores / softcap).tanh() * softcap
    if mask is not None:
        scores = scores.masked_fill(~mask, -math.inf) if mask.dtype == torch.bool else scores + mask
    if is_causal:
        queries, keys = scores.shape[-2:]
        place = keys - queries if is_causal == "lower_right" else 0  # the position of the first query among the keys
        seen = torch.ones(queries, keys, dtype=torch.bool, device=scores.device).tril(place)
        if sliding_window is not None:
            seen = seen.triu(place - sliding_window + 1)
        scores = scores.masked_fill(~seen, -math.inf)
    if sinks is not None:
        scores = torch.cat((scores, sinks.expand(*scores.shape[:-1], 1)), -1)
        return torch.matmul(scores.softmax(-1)[..., :-1], v)
    return torch.matmul(scores.softmax(-1), v)


def split_heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    """Reshape (…, tokens, heads · features) to (…, heads, tokens, features)."""
    return x.reshape(*x.shape[:-1], heads, -1).transpose(-3, -2)


def join_heads(x: torch.Tensor) -> torch.Tensor:
    """Reshape (…, heads, tokens, features) to (…, tokens, heads · features)."""
    return x.transpose(-3, -2).flatten(-2)
