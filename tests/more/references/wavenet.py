"""WaveNet: arXiv:1609.03499, Figure 4."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad


class Causal(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_channels, out_channels, 2, dilation=dilation)
        self.dilation = dilation

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(pad(x, (self.dilation, 0)))


class Layer(nn.Module):
    def __init__(self, residual: int, skip: int, dilation: int, last: bool) -> None:
        super().__init__()
        self.filter, self.gate = Causal(residual, residual, dilation), Causal(residual, residual, dilation)
        self.skip = nn.Conv1d(residual, skip, 1)
        if not last:
            self.dense = nn.Conv1d(residual, residual, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        gated = self.filter(x).tanh() * self.gate(x).sigmoid()
        return x + self.dense(gated) if hasattr(self, "dense") else x, self.skip(gated)


class WaveNet(nn.Module):
    def __init__(
        self, stacks: int = 2, dilations: int = 10, residual: int = 32, skip: int = 512, levels: int = 256
    ) -> None:
        super().__init__()
        self.causal = Causal(levels, residual)
        count = stacks * dilations
        self.layers = nn.ModuleList(
            [Layer(residual, skip, 2 ** (index % dilations), index == count - 1) for index in range(count)]
        )
        self.out = nn.Sequential(nn.ReLU(), nn.Conv1d(skip, skip, 1), nn.ReLU(), nn.Conv1d(skip, levels, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.causal(x)
        skips = []
        for layer in self.layers:
            x, skip = layer(x)
            skips.append(skip)
        return self.out(torch.stack(skips).sum(0))
