"""T5: arXiv:1910.10683, Section 2.1, with the names of transformers; the head is the table of tokens."""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import relu


def buckets_of(distances: Tensor, count: int, largest: int) -> Tensor:
    """The near half of ``count`` buckets holds one distance each, the others share the rest in powers."""
    exact = count // 2
    far = torch.log(distances.clamp(min=1).float() / exact) / math.log(largest / exact) * exact
    return torch.where(distances < exact, distances, (exact + far.long()).clamp(max=count - 1))


def bias_of(table: nn.Embedding, tokens: int, causal: bool) -> Tensor:
    """For each head what every query adds to the score of every key: (heads, queries, keys)."""
    positions = torch.arange(tokens, device=table.weight.device)
    ahead = positions[None] - positions[:, None]
    buckets = table.num_embeddings
    if causal:
        bias = table(buckets_of((-ahead).clamp(min=0), buckets, 128))
        return bias.masked_fill((ahead > 0)[:, :, None], -math.inf).permute(2, 0, 1)
    side = buckets // 2
    return table((ahead > 0) * side + buckets_of(ahead.abs(), side, 128)).permute(2, 0, 1)


class Attention(nn.Module):
    def __init__(self, dim: int, heads: int, head: int, buckets: int = 0) -> None:
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(dim, heads * head, bias=False) for _ in range(3))
        self.o = nn.Linear(heads * head, dim, bias=False)
        if buckets:
            self.relative_attention_bias = nn.Embedding(buckets, heads)
        self.heads = heads

    def forward(self, x: Tensor, context: Tensor, bias: Tensor | None) -> Tensor:
        q, k, v = (
            y.unflatten(2, (self.heads, -1)).transpose(1, 2) for y in (self.q(x), self.k(context), self.v(context))
        )
        scores = q @ k.transpose(2, 3)
        weights = (scores if bias is None else scores + bias).softmax(3)
        return self.o((weights @ v).transpose(1, 2).flatten(2))


class Sublayer(nn.Module):
    """``name`` is what the layer that follows the norm is called."""

    def __init__(self, name: str, layer: nn.Module, dim: int) -> None:
        super().__init__()
        self.layer_norm = nn.RMSNorm(dim, eps=1e-6)
        self.add_module(name, layer)
        self.name = name

    def forward(self, x: Tensor, context: Tensor | None = None, bias: Tensor | None = None) -> Tensor:
        normed = self.layer_norm(x)
        layer = getattr(self, self.name)
        if self.name == "DenseReluDense":
            return x + layer(normed)
        return x + layer(normed, normed if context is None else context, bias)


class FeedForward(nn.Module):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.wi, self.wo = nn.Linear(dim, hidden, bias=False), nn.Linear(hidden, dim, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.wo(relu(self.wi(x)))


class Stack(nn.Module):
    def __init__(self, dim: int, heads: int, head: int, hidden: int, depth: int, buckets: int, decoder: bool) -> None:
        super().__init__()
        self.block = nn.ModuleList()
        for index in range(depth):
            block = nn.Module()
            block.layer = nn.ModuleList(
                [Sublayer("SelfAttention", Attention(dim, heads, head, 0 if index else buckets), dim)]
            )
            if decoder:
                block.layer.append(Sublayer("EncDecAttention", Attention(dim, heads, head), dim))
            block.layer.append(Sublayer("DenseReluDense", FeedForward(dim, hidden), dim))
            self.block.append(block)
        self.final_layer_norm = nn.RMSNorm(dim, eps=1e-6)
        self.decoder = decoder

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        table = self.block[0].layer[0].SelfAttention.relative_attention_bias
        bias = bias_of(table, x.shape[1], self.decoder)
        for block in self.block:
            x = block.layer[0](x, bias=bias)
            if self.decoder:
                x = block.layer[1](x, context)
            x = block.layer[-1](x)
        return self.final_layer_norm(x)


class T5(nn.Module):
    def __init__(
        self,
        vocabulary: int = 32128,
        dim: int = 512,
        heads: int = 8,
        head: int = 64,
        hidden: int = 2048,
        depth: int = 6,
        buckets: int = 32,
    ) -> None:
        super().__init__()
        self.shared = nn.Embedding(vocabulary, dim)
        sizes = (dim, heads, head, hidden, depth, buckets)
        self.lm_head = nn.Linear(dim, vocabulary, bias=False)
        self.lm_head.weight = self.shared.weight
        self.encoder, self.decoder = Stack(*sizes, decoder=False), Stack(*sizes, decoder=True)

    def forward(self, input_ids: Tensor, decoder_input_ids: Tensor) -> Tensor:
        encoded = self.encoder(self.shared(input_ids))
        x = self.decoder(self.shared(decoder_input_ids), encoded)
        return self.lm_head(x * x.shape[2] ** -0.5)
