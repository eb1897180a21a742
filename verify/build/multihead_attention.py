"""Builds multihead_attention."""

import torch
from torch import nn
from torch.nn import functional

from calc.ops.multihead_attention import MultiheadAttention
from verify.build.base.attention import attend, join_heads, split_heads
from verify.build.base.batches import same_batch


class VisibleMultiheadAttention(nn.MultiheadAttention):
    """torch.nn.MultiheadAttention run as separate products, because its own forward is fused."""

    is_causal = False

    def forward(  # type: ignore[override] # the weights of the heads are not returned
        self, query: torch.Tensor, key: torch.Tensor | None = None, value: torch.Tensor | None = None
    ) -> torch.Tensor:
        key = query if key is None else key
        value = key if value is None else value
        q, k, v = self.project(query, key, value)
        if self.bias_k is not None and self.bias_v is not None:
            k, v = (_with_token(x, bias[0, 0]) for x, bias in ((k, self.bias_k), (v, self.bias_v)))
        if self.add_zero_attn:
            k, v = (_with_token(x, x.new_zeros(x.shape[-1])) for x in (k, v))
        q, k, v = (split_heads(x, self.num_heads) for x in (q, k, v))
        joined = join_heads(attend(q, k, v, is_causal=self.is_causal))
        return functional.linear(joined, self.out_proj.weight, self.out_proj.bias)

    def project(self, *inputs: torch.Tensor) -> list[torch.Tensor]:
        """Return the queries, keys and values of all heads."""
        if self._qkv_same_embed_dim:
            weights = self.in_proj_weight.chunk(3)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        return [functional.linear(x, w, b) for x, w, b in zip(same_batch(*inputs), weights, biases, strict=True)]


def _with_token(x: torch.Tensor, token: torch.Tensor) -> torch.Tensor:
    """Return ``x`` (…, tokens, features) with ``token`` added at the end."""
    return torch.cat([x, token.expand(*x.shape[:-2], 1, -1)], -2)


def build(op: MultiheadAttention, inputs: tuple[torch.Tensor, ...]) -> nn.Module:
    """Return torch.nn.MultiheadAttention(batch_first=True) for any leading axes."""
    query, key, value = inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1]
    module = VisibleMultiheadAttention(
        query.shape[-1],
        op.num_heads,
        bias=op.bias,
        add_bias_kv=op.add_bias_kv,
        add_zero_attn=op.add_zero_attn,
        kdim=key.shape[-1],
        vdim=value.shape[-1],
        batch_first=True,
    )
    module.is_causal = op.is_causal
    return module
