"""Attention that is built from separate products equals torch's fused functions."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from calc.ops.attention import Attention
from calc.ops.multihead_attention import MultiheadAttention
from calc.ops.scaled_dot_product_attention import ScaledDotProductAttention
from verify.build import attention, multihead_attention, scaled_dot_product_attention
from verify.build.base.attention import join_heads
from verify.build.relative_position_attention import ShiftedAttention

pytestmark = pytest.mark.torch


def normal(*sizes: int) -> torch.Tensor:
    return torch.randn(sizes, generator=torch.Generator().manual_seed(sum(sizes)))


@pytest.mark.parametrize("features", [[], [8], [6], [6, 3], [8, 8]])
def test_multihead_attention_is_torchs(features: list[int]) -> None:
    inputs = (normal(2, 5, 8), *(normal(2, 7, size) for size in features))
    module = multihead_attention.build(MultiheadAttention(num_heads=4), inputs)
    nn.init.normal_(module.get_parameter("in_proj_bias"))
    nn.init.normal_(module.get_parameter("out_proj.bias"))
    key, value = inputs[min(1, len(features))], inputs[-1]
    expected, _ = nn.MultiheadAttention.forward(module, inputs[0], key, value, need_weights=False)
    torch.testing.assert_close(module(*inputs), expected)


def test_causal_multihead_attention_is_torchs() -> None:
    q, k = normal(2, 5, 8), normal(2, 7, 8)
    module = multihead_attention.build(MultiheadAttention(num_heads=4, is_causal=True), (q, k))
    mask = torch.full((5, 7), float("-inf")).triu(1)
    expected, _ = nn.MultiheadAttention.forward(module, q, k, k, attn_mask=mask)
    torch.testing.assert_close(module(q, k), expected)


@pytest.mark.parametrize("bias_kv, zero_attn", [(True, False), (False, True), (True, True)])
def test_keys_that_no_token_gave_are_torchs(bias_kv: bool, zero_attn: bool) -> None:
    x = normal(2, 5, 8)
    op = MultiheadAttention(num_heads=4, add_bias_kv=bias_kv, add_zero_attn=zero_attn)
    module = multihead_attention.build(op, (x,))
    expected, _ = nn.MultiheadAttention.forward(module, x, x, x, need_weights=False)
    torch.testing.assert_close(module(x), expected)


def test_a_pair_of_tokens_gets_the_score_of_its_distance() -> None:
    distances = torch.tensor([3, 2, 1, 0, -1, -2, -3]).expand(2, 4, 7)  # i − j of 4 tokens, by row of the positions
    found = ShiftedAttention.by_pair(distances)
    assert found.tolist() == [[[i - j for j in range(4)] for i in range(4)]] * 2


@pytest.mark.parametrize("kv_heads", [6, 2])
@pytest.mark.parametrize("mask", [None, "causal", "additive", "boolean"])
@pytest.mark.parametrize("scale", [None, 0.3])
def test_attention_is_torchs(kv_heads: int, mask: str | None, scale: float | None) -> None:
    q, k, v = normal(2, 6, 5, 8), normal(2, kv_heads, 7, 8), normal(2, kv_heads, 7, 3)
    masks = {"additive": normal(2, 5, 7), "boolean": torch.ones(2, 5, 7, dtype=torch.bool).tril()}
    arriving = (masks[mask],) if mask in masks else ()
    causal = mask == "causal"
    expected = functional.scaled_dot_product_attention(
        q, k, v, arriving[0].unsqueeze(1) if arriving else None, is_causal=causal, scale=scale, enable_gqa=True
    )

    op = ScaledDotProductAttention(is_causal=causal, scale=scale, enable_gqa=True)
    explicit = (q, k, v, *arriving)
    torch.testing.assert_close(scaled_dot_product_attention.build(op, explicit)(*explicit), expected)

    joined = (*map(join_heads, (q, k, v)), *arriving)
    split = Attention(num_heads=6, num_kv_heads=kv_heads, is_causal=causal, scale=scale)
    torch.testing.assert_close(attention.build(split, joined)(*joined), join_heads(expected))


def test_queries_without_a_batch_attend_in_every_sample() -> None:
    q, k = normal(1, 4, 8), normal(2, 9, 8)
    module = multihead_attention.build(MultiheadAttention(num_heads=2), (q, k))
    torch.testing.assert_close(module(q, k), module(q.expand(2, 4, 8), k))


def test_a_bias_joins_a_causal_mask() -> None:
    q, k, bias = normal(2, 3, 8), normal(2, 5, 8), normal(1, 2, 3, 5)
    op = Attention(num_heads=2, is_causal="lower_right")
    found = attention.build(op, ())(q, k, k, bias)
    seen = torch.ones(3, 5, dtype=torch.bool).tril(5 - 3)
    q, k = (x.unflatten(2, (2, 4)).transpose(1, 2) for x in (q, k))
    expected = functional.scaled_dot_product_attention(q, k, k, bias.masked_fill(~seen, -torch.inf))
    torch.testing.assert_close(found, join_heads(expected))
