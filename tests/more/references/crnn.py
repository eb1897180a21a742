"""CRNN: arXiv:1507.05717, Table 1. Time is the second axis here."""

from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu


class Conv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, norm: bool = False, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, padding=1 if kernel == 3 else 0)
        self.batchnorm = nn.BatchNorm2d(out_channels) if norm else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return relu(self.batchnorm(self.conv(x)))


class Halve(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return max_pool2d(x, (2, 2), (2, 1), (0, 1))


class BidirectionalLSTM(nn.Module):
    def __init__(self, in_features: int, hidden: int, out_features: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(in_features, hidden, bidirectional=True, batch_first=True)
        self.embedding = nn.Linear(2 * hidden, out_features)

    def forward(self, x: Tensor) -> Tensor:
        return self.embedding(self.rnn(x)[0])


class Crnn(nn.Module):
    def __init__(self, channels: int = 1, hidden: int = 256, classes: int = 37) -> None:
        super().__init__()
        self.cnn = nn.Sequential(
            Conv(channels, 64),
            nn.MaxPool2d(2),
            Conv(64, 128),
            nn.MaxPool2d(2),
            Conv(128, 256, norm=True),
            Conv(256, 256),
            Halve(),
            Conv(256, 512, norm=True),
            Conv(512, 512),
            Halve(),
            Conv(512, 512, norm=True, kernel=2),
        )
        self.rnn = nn.Sequential(BidirectionalLSTM(512, hidden, hidden), BidirectionalLSTM(hidden, hidden, classes))

    def forward(self, image: Tensor) -> Tensor:
        return self.rnn(self.cnn(image).squeeze(2).transpose(1, 2))
