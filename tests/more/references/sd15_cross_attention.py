"""Attention of an image to itself and to a text: arXiv:2112.10752, with the names of diffusers' Transformer2DModel."""

from torch import Tensor, nn
from torch.nn.functional import gelu


class Attention(nn.Module):
    def __init__(self, dim: int, context: int, heads: int) -> None:
        super().__init__()
        self.to_q = nn.Linear(dim, dim, bias=False)
        self.to_k, self.to_v = nn.Linear(context, dim, bias=False), nn.Linear(context, dim, bias=False)
        self.to_out = nn.Sequential(nn.Linear(dim, dim))
        self.heads = heads

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        q, k, v = (
            y.unflatten(2, (self.heads, -1)).transpose(1, 2)
            for y in (self.to_q(x), self.to_k(context), self.to_v(context))
        )
        weights = (q @ k.transpose(2, 3) / q.shape[3] ** 0.5).softmax(3)
        return self.to_out((weights @ v).transpose(1, 2).flatten(2))


class Geglu(nn.Module):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.proj = nn.Linear(dim, 2 * hidden)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.proj(x).chunk(2, 2)
        return value * gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.net = nn.Sequential(Geglu(dim, 4 * dim), nn.Dropout(0.0), nn.Linear(4 * dim, dim))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class TransformerBlock(nn.Module):
    def __init__(self, dim: int, context: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attn1 = nn.LayerNorm(dim), Attention(dim, dim, heads)
        self.norm2, self.attn2 = nn.LayerNorm(dim), Attention(dim, context, heads)
        self.norm3, self.ff = nn.LayerNorm(dim), FeedForward(dim)

    def forward(self, x: Tensor, text: Tensor) -> Tensor:
        normed = self.norm1(x)
        x = x + self.attn1(normed, normed)
        x = x + self.attn2(self.norm2(x), text)
        return x + self.ff(self.norm3(x))


class Sd15CrossAttention(nn.Module):
    def __init__(self, channels: int = 320, context: int = 768, heads: int = 8) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(32, channels, eps=1e-6)
        self.proj_in = nn.Conv2d(channels, channels, 1)
        self.transformer_blocks = nn.ModuleList([TransformerBlock(channels, context, heads)])
        self.proj_out = nn.Conv2d(channels, channels, 1)

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        pixels = self.proj_in(self.norm(image)).flatten(2).transpose(1, 2)
        pixels = self.transformer_blocks[0](pixels, text)
        return image + self.proj_out(pixels.transpose(1, 2).reshape(image.shape))
