"""Two networks of MLPerf Tiny, arXiv:2106.07597, with the epsilon of Keras's batch norm."""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

EPS = 0.001


class Norm(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels, EPS)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(x))


class DepthwiseSeparable(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, 1, 1, groups=channels)
        self.norm1 = Norm(channels)
        self.pointwise = nn.Conv2d(channels, channels, 1)
        self.norm2 = Norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm2(self.pointwise(self.norm1(self.depthwise(x))))


class DsCnn(nn.Module):
    """Keyword spotting on (1, 49, 10); the first convolution pads as TensorFlow's SAME does."""

    def __init__(self, width: int = 64, classes: int = 12) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, width, (10, 4), 2)
        self.norm = Norm(width)
        self.blocks = nn.Sequential(*[DepthwiseSeparable(width) for _ in range(4)])
        self.dense = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(pad(x, (1, 1, 4, 5))))
        return self.dense(self.blocks(x).mean((2, 3))).softmax(1)


class Dense(nn.Module):
    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)
        self.bn = nn.BatchNorm1d(out_features, EPS)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.linear(x)))


class AnomalyAutoencoder(nn.Module):
    """Five frames of 128 mel bands to themselves, through 8 units."""

    def __init__(self, features: int = 640, width: int = 128, code: int = 8) -> None:
        super().__init__()
        self.encoder = nn.Sequential(Dense(features, width), *[Dense(width, width) for _ in range(3)])
        self.bottleneck = Dense(width, code)
        self.decoder = nn.Sequential(Dense(code, width), *[Dense(width, width) for _ in range(3)])
        self.head = nn.Linear(width, features)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.decoder(self.bottleneck(self.encoder(x))))
