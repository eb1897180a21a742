"""A Siamese network: Koch et al. 2015, Siamese Neural Networks for One-shot Image Recognition, Figure 4."""

import torch
from torch import Tensor, nn


class Siamese(nn.Module):
    def __init__(self, code: int = 4096, resolution: int = 105) -> None:
        super().__init__()
        side = resolution
        for kernel in (10, 7, 4):
            side = (side - kernel + 1) // 2
        side -= 3
        self.twin = nn.Sequential(
            nn.Conv2d(1, 64, 10),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 7),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(128, 128, 4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(128, 256, 4),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(256 * side * side, code),
            nn.Sigmoid(),
        )
        self.head = nn.Linear(code, 1)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return torch.sigmoid(self.head((self.twin(first) - self.twin(second)).abs()))
