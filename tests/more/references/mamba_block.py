"""A Mamba block: arXiv:2312.00752, Section 3.4, with the names of its authors' code; the scan is a module."""

import torch
from torch import Tensor, nn
from torch.nn.functional import silu, softplus


class Scan(nn.Module):
    """The recurrence of Algorithm 2, token by token."""

    def __init__(self, inner: int, state: int) -> None:
        super().__init__()
        self.A_log, self.D = nn.Parameter(torch.randn(inner, state)), nn.Parameter(torch.randn(inner))

    def forward(self, x: Tensor, delta: Tensor, b: Tensor, c: Tensor) -> Tensor:
        kept = torch.exp(delta[:, :, :, None] * -torch.exp(self.A_log))
        entering = (delta * x)[:, :, :, None] * b[:, :, None]
        h = torch.zeros_like(kept[:, 0])
        states = []
        for kept_t, entering_t in zip(kept.unbind(1), entering.unbind(1), strict=True):
            h = kept_t * h + entering_t
            states.append(h)
        return (torch.stack(states, 1) @ c[:, :, :, None])[:, :, :, 0] + x * self.D


class Mamba(nn.Module):
    def __init__(self, dim: int, inner: int, state: int, kernel: int, rank: int) -> None:
        super().__init__()
        self.in_proj = nn.Linear(dim, 2 * inner, bias=False)
        self.conv1d = nn.Conv1d(inner, inner, kernel, padding=kernel - 1, groups=inner)
        self.x_proj = nn.Linear(inner, rank + 2 * state, bias=False)
        self.dt_proj = nn.Linear(rank, inner)
        self.scan = Scan(inner, state)
        self.out_proj = nn.Linear(inner, dim, bias=False)
        self.parts = [rank, state, state]

    def forward(self, x: Tensor) -> Tensor:
        x, z = self.in_proj(x).chunk(2, 2)
        x = silu(self.conv1d(x.transpose(1, 2))[:, :, : x.shape[1]].transpose(1, 2))
        step, b, c = self.x_proj(x).split(self.parts, 2)
        return self.out_proj(self.scan(x, softplus(self.dt_proj(step)), b, c) * silu(z))


class MambaBlock(nn.Module):
    def __init__(self, dim: int = 768, state: int = 16, kernel: int = 4) -> None:
        super().__init__()
        self.norm = nn.RMSNorm(dim, eps=1e-5)
        self.mixer = Mamba(dim, 2 * dim, state, kernel, -(-dim // 16))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mixer(self.norm(x))
