"""Whisper: arXiv:2212.04356, Section 2.2, with the names of openai/whisper; the head is the table of tokens."""

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear


class MultiHeadAttention(nn.Module):
    def __init__(self, dim: int, heads: int, causal: bool) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(dim, dim), nn.Linear(dim, dim, bias=False)
        self.value, self.out = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.heads, self.causal = heads, causal

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        q, k, v = (
            y.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for y in (self.query(x), self.key(context), self.value(context))
        )
        scores = q @ k.transpose(2, 3) / q.shape[3] ** 0.5
        if self.causal:
            later = torch.ones(scores.shape[2:], dtype=torch.bool, device=x.device).triu(1)
            scores = scores.masked_fill(later, float("-inf"))
        return self.out((scores.softmax(3) @ v).transpose(1, 2).flatten(2))


class ResidualAttentionBlock(nn.Module):
    def __init__(self, dim: int, heads: int, decoder: bool) -> None:
        super().__init__()
        self.attn_ln, self.attn = nn.LayerNorm(dim), MultiHeadAttention(dim, heads, decoder)
        if decoder:
            self.cross_attn_ln, self.cross_attn = nn.LayerNorm(dim), MultiHeadAttention(dim, heads, causal=False)
        self.mlp_ln = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim))

    def forward(self, x: Tensor, context: Tensor | None = None) -> Tensor:
        normed = self.attn_ln(x)
        x = x + self.attn(normed, normed)
        if context is not None:
            x = x + self.cross_attn(self.cross_attn_ln(x), context)
        return x + self.mlp(self.mlp_ln(x))


class AudioEncoder(nn.Module):
    def __init__(self, mels: int, frames: int, dim: int, heads: int, depth: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(mels, dim, 3, padding=1)
        self.conv2 = nn.Conv1d(dim, dim, 3, stride=2, padding=1)
        self.register_buffer("positional_embedding", torch.randn((frames + 1) // 2, dim))
        self.blocks = nn.ModuleList([ResidualAttentionBlock(dim, heads, decoder=False) for _ in range(depth)])
        self.ln_post = nn.LayerNorm(dim)

    def forward(self, mel: Tensor) -> Tensor:
        x = gelu(self.conv2(gelu(self.conv1(mel)))).transpose(1, 2) + self.positional_embedding
        for block in self.blocks:
            x = block(x)
        return self.ln_post(x)


class TextDecoder(nn.Module):
    def __init__(self, tokens: int, vocabulary: int, dim: int, heads: int, depth: int) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, dim)
        self.positional_embedding = nn.Parameter(torch.randn(tokens, dim))
        self.blocks = nn.ModuleList([ResidualAttentionBlock(dim, heads, decoder=True) for _ in range(depth)])
        self.ln = nn.LayerNorm(dim)

    def forward(self, tokens: Tensor, audio: Tensor) -> Tensor:
        x = self.token_embedding(tokens) + self.positional_embedding
        for block in self.blocks:
            x = block(x, audio)
        return linear(self.ln(x), self.token_embedding.weight)


class Whisper(nn.Module):
    def __init__(
        self,
        mels: int = 80,
        frames: int = 3000,
        tokens: int = 448,
        vocabulary: int = 51865,
        dim: int = 384,
        heads: int = 6,
        depth: int = 4,
    ) -> None:
        super().__init__()
        self.encoder = AudioEncoder(mels, frames, dim, heads, depth)
        self.decoder = TextDecoder(tokens, vocabulary, dim, heads, depth)

    def forward(self, mel: Tensor, tokens: Tensor) -> Tensor:
        return self.decoder(tokens, self.encoder(mel))
