"""A block of Conformer's encoder, arXiv:2005.08100, Figure 1, with the names of torchaudio and ESPnet."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


class FeedForward(nn.Module):
    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        layers = [nn.LayerNorm(dim), nn.Linear(dim, hidden), nn.SiLU(), nn.Dropout(0.1), nn.Linear(hidden, dim)]
        self.sequential = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.sequential(x)


class Convolution(nn.Module):
    def __init__(self, dim: int, kernel: int) -> None:
        super().__init__()
        self.layer_norm = nn.LayerNorm(dim)
        self.sequential = nn.Sequential(
            nn.Conv1d(dim, 2 * dim, 1, bias=False),
            nn.GLU(dim=1),
            nn.Conv1d(dim, dim, kernel, padding=(kernel - 1) // 2, groups=dim, bias=False),
            nn.BatchNorm1d(dim),
            nn.SiLU(),
            nn.Conv1d(dim, dim, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.sequential(self.layer_norm(x).transpose(1, 2)).transpose(1, 2)


class RelativeAttention(nn.Module):
    """Attention of each token to every other and to how far away it is, as in Transformer-XL."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        for name in ("linear_q", "linear_k", "linear_v", "linear_out"):
            self.add_module(name, nn.Linear(dim, dim))
        self.linear_pos = nn.Linear(dim, dim, bias=False)
        self.pos_bias_u = nn.Parameter(torch.zeros(heads, dim // heads))
        self.pos_bias_v = nn.Parameter(torch.zeros(heads, dim // heads))
        self.heads = heads

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        q, k, v = (layer(x).unflatten(2, (self.heads, -1)) for layer in (self.linear_q, self.linear_k, self.linear_v))
        p = self.linear_pos(positions).unflatten(1, (self.heads, -1))
        by_token = torch.einsum("bihd,bjhd->bhij", q + self.pos_bias_u, k)
        by_distance = torch.einsum("bihd,rhd->bhir", q + self.pos_bias_v, p)
        # row i of the distances begins tokens - 1 - i places further on: a column more and a row less shift it
        tokens = x.shape[1]
        shifted = pad(by_distance, (1, 0)).flatten(2)[..., tokens:].unflatten(2, (tokens, -1))[..., :tokens]
        weights = ((by_token + shifted) / q.shape[3] ** 0.5).softmax(3)
        return self.linear_out(torch.einsum("bhij,bjhd->bihd", weights, v).flatten(2))


class ConformerBlock(nn.Module):
    """With ``relative`` the positions of ``frames`` are a buffer, and attention to them stands in for torchaudio's."""

    def __init__(
        self, dim: int = 144, heads: int = 4, kernel: int = 31, relative: bool = False, frames: int = 400
    ) -> None:
        super().__init__()
        self.ffn1 = FeedForward(dim, 4 * dim)
        self.self_attn_layer_norm = nn.LayerNorm(dim)
        if relative:
            self.register_buffer("positions", torch.zeros(2 * frames - 1, dim))
            self.rel_attn = RelativeAttention(dim, heads)
        else:
            self.self_attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.conv_module = Convolution(dim, kernel)
        self.ffn2 = FeedForward(dim, 4 * dim)
        self.final_layer_norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ffn1(x) / 2
        normed = self.self_attn_layer_norm(x)
        if hasattr(self, "rel_attn"):
            x = x + self.rel_attn(normed, self.positions)
        else:
            x = x + self.self_attn(normed, normed, normed)[0]
        x = x + self.conv_module(x)
        x = x + self.ffn2(x) / 2
        return self.final_layer_norm(x)
