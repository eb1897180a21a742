"""CLIP's text encoder: arXiv:2103.00020, Section 2.4, with the names of transformers' CLIPTextModel."""

import torch
from torch import Tensor, nn


class Embeddings(nn.Module):
    def __init__(self, vocabulary: int, tokens: int, dim: int) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, dim)
        self.position_embedding = nn.Embedding(tokens, dim)

    def forward(self, ids: Tensor) -> Tensor:
        return self.token_embedding(ids) + self.position_embedding(torch.arange(ids.shape[1], device=ids.device))


class SelfAttention(nn.Module):
    """Each token attends to itself and to those before it."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.out_proj = nn.Linear(dim, dim)
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, dim = x.shape
        q, k, v = (
            project(x).view(batch, tokens, self.heads, -1).transpose(1, 2)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        scores = q @ k.transpose(2, 3) / (dim // self.heads) ** 0.5
        later = torch.ones(tokens, tokens, dtype=torch.bool, device=x.device).triu(1)
        mixed = scores.masked_fill(later, float("-inf")).softmax(3) @ v
        return self.out_proj(mixed.transpose(1, 2).reshape(batch, tokens, dim))


class Mlp(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc1(x)
        return self.fc2(x * torch.sigmoid(1.702 * x))


class EncoderLayer(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.layer_norm1, self.self_attn = nn.LayerNorm(dim), SelfAttention(dim, heads)
        self.layer_norm2, self.mlp = nn.LayerNorm(dim), Mlp(dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.layer_norm1(x))
        return x + self.mlp(self.layer_norm2(x))


class ClipText(nn.Module):
    def __init__(
        self, tokens: int = 77, vocabulary: int = 49408, dim: int = 768, heads: int = 12, depth: int = 12
    ) -> None:
        super().__init__()
        self.text_model = nn.Module()
        self.text_model.embeddings = Embeddings(vocabulary, tokens, dim)
        self.text_model.encoder = nn.Module()
        self.text_model.encoder.layers = nn.Sequential(*[EncoderLayer(dim, heads) for _ in range(depth)])
        self.text_model.final_layer_norm = nn.LayerNorm(dim)

    def forward(self, ids: Tensor) -> Tensor:
        model = self.text_model
        return model.final_layer_norm(model.encoder.layers(model.embeddings(ids)))
