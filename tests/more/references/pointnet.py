"""PointNet's classifier: arXiv:1612.00593, Figure 2, with the sizes and epsilon of the authors' code."""

import torch
from torch import Tensor, nn

EPS = 0.001


class Shared(nn.Module):
    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_channels, out_channels, 1)
        self.bn = nn.BatchNorm1d(out_channels, EPS)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x)))


class Dense(nn.Module):
    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)
        self.bn = nn.BatchNorm1d(out_features, EPS)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.linear(x)))


class TransformNet(nn.Module):
    """Predicts a k×k matrix from all points and multiplies each with it."""

    def __init__(self, k: int) -> None:
        super().__init__()
        self.conv1, self.conv2, self.conv3 = Shared(k, 64), Shared(64, 128), Shared(128, 1024)
        self.fc1, self.fc2 = Dense(1024, 512), Dense(512, 256)
        self.transform = nn.Linear(256, k * k)
        self.k = k

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.conv3(self.conv2(self.conv1(x))).amax(2)
        matrix = self.transform(self.fc2(self.fc1(pooled))).view(-1, self.k, self.k)
        return (x.transpose(1, 2) @ matrix).transpose(1, 2)


class PointNet(nn.Module):
    def __init__(self, classes: int = 40) -> None:
        super().__init__()
        self.transform_net1 = TransformNet(3)
        self.conv1, self.conv2 = Shared(3, 64), Shared(64, 64)
        self.transform_net2 = TransformNet(64)
        self.conv3, self.conv4, self.conv5 = Shared(64, 64), Shared(64, 128), Shared(128, 1024)
        self.fc1, self.fc2 = Dense(1024, 512), Dense(512, 256)
        self.fc3 = nn.Linear(256, classes)

    def forward(self, points: Tensor) -> Tensor:
        x = self.conv2(self.conv1(self.transform_net1(points)))
        x = self.conv5(self.conv4(self.conv3(self.transform_net2(x))))
        return self.fc3(self.fc2(self.fc1(x.amax(2))))
