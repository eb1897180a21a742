"""ESPCN, arXiv:1609.05158, and FSRCNN, arXiv:1608.00367."""

from torch import Tensor, nn


class Espcn(nn.Sequential):
    def __init__(self, scale: int = 3, channels: int = 1) -> None:
        super().__init__(
            nn.Conv2d(channels, 64, 5, padding=2),
            nn.Tanh(),
            nn.Conv2d(64, 32, 3, padding=1),
            nn.Tanh(),
            nn.Conv2d(32, channels * scale**2, 3, padding=1),
            nn.PixelShuffle(scale),
        )


class Fsrcnn(nn.Module):
    def __init__(self, scale: int = 3, features: int = 56, shrunk: int = 12, maps: int = 4) -> None:
        super().__init__()
        self.extract = self._conv(1, features, 5)
        self.shrink = self._conv(features, shrunk, 1)
        self.map = nn.Sequential(*[self._conv(shrunk, shrunk, 3) for _ in range(maps)])
        self.expand = self._conv(shrunk, features, 1)
        self.deconv = nn.ConvTranspose2d(features, 1, 9, scale, 4, scale - 1)

    @staticmethod
    def _conv(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
        conv = nn.Conv2d(in_channels, out_channels, kernel, padding=(kernel - 1) // 2)
        return nn.Sequential(conv, nn.PReLU(out_channels))

    def forward(self, x: Tensor) -> Tensor:
        return self.deconv(self.expand(self.map(self.shrink(self.extract(x)))))
