"""A block of Conformer's encoder, arXiv:2005.08100, Figure 1, with the attention and the names of torchaudio."""

from torch import Tensor, nn


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


class ConformerBlock(nn.Module):
    def __init__(self, dim: int = 144, heads: int = 4, kernel: int = 31) -> None:
        super().__init__()
        self.ffn1 = FeedForward(dim, 4 * dim)
        self.self_attn_layer_norm = nn.LayerNorm(dim)
        self.self_attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.conv_module = Convolution(dim, kernel)
        self.ffn2 = FeedForward(dim, 4 * dim)
        self.final_layer_norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.ffn1(x) / 2
        normed = self.self_attn_layer_norm(x)
        x = x + self.self_attn(normed, normed, normed)[0]
        x = x + self.conv_module(x)
        x = x + self.ffn2(x) / 2
        return self.final_layer_norm(x)
