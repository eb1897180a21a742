"""YOLOv8 with the names of Ultralytics' implementation: the scale n, and the others by their three factors."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu


class Conv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, stride, (kernel - 1) // 2, bias=False)
        self.bn = nn.BatchNorm2d(out_channels, 0.001)

    def forward(self, x: Tensor) -> Tensor:
        return silu(self.bn(self.conv(x)))


class Bottleneck(nn.Module):
    def __init__(self, channels: int, shortcut: bool) -> None:
        super().__init__()
        self.cv1, self.cv2 = Conv(channels, channels, 3), Conv(channels, channels, 3)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y = self.cv2(self.cv1(x))
        return x + y if self.shortcut else y


class C2f(nn.Module):
    """All that the bottlenecks return one after the other, beside the two halves that they start from."""

    def __init__(self, in_channels: int, out_channels: int, n: int, shortcut: bool = False) -> None:
        super().__init__()
        half = out_channels // 2
        self.cv1 = Conv(in_channels, out_channels)
        self.m = nn.ModuleList([Bottleneck(half, shortcut) for _ in range(n)])
        self.cv2 = Conv((2 + n) * half, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self.cv1(x).chunk(2, 1))
        for bottleneck in self.m:
            parts.append(bottleneck(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class Sppf(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cv1, self.cv2 = Conv(channels, channels // 2), Conv(2 * channels, channels)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        parts = [self.cv1(x)]
        for _ in range(3):
            parts.append(self.pool(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class Distances(nn.Module):
    """The mean of a distribution over bins, for each of four sides."""

    def __init__(self, bins: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(bins, 1, 1, bias=False)
        self.bins = bins

    def forward(self, x: Tensor) -> Tensor:
        sides = x.unflatten(1, (4, self.bins)).transpose(1, 2)
        return self.conv(sides.softmax(1)).squeeze(1)


class Detect(nn.Module):
    def __init__(self, channels: list[int], classes: int, bins: int) -> None:
        super().__init__()
        box, score = max(16, channels[0] // 4, 4 * bins), max(channels[0], min(classes, 100))
        self.cv2 = nn.ModuleList([self._head(each, box, 4 * bins) for each in channels])
        self.cv3 = nn.ModuleList([self._head(each, score, classes) for each in channels])
        self.dfl = Distances(bins)

    @staticmethod
    def _head(in_channels: int, hidden: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(Conv(in_channels, hidden, 3), Conv(hidden, hidden, 3), nn.Conv2d(hidden, outputs, 1))

    def forward(self, maps: list[Tensor]) -> tuple[Tensor, Tensor]:
        boxes = torch.cat([head(each).flatten(2) for head, each in zip(self.cv2, maps, strict=True)], 2)
        scores = torch.cat([head(each).flatten(2) for head, each in zip(self.cv3, maps, strict=True)], 2)
        return self.dfl(boxes), scores.sigmoid()


class YoloV8(nn.Module):
    def __init__(
        self, depth: float = 0.33, width: float = 0.25, widest: int = 1024, bins: int = 16, classes: int = 80
    ) -> None:
        super().__init__()
        c64, c128, c256, c512, c1024 = (int(min(c, widest) * width) for c in (64, 128, 256, 512, 1024))
        three, six = max(1, round(3 * depth)), max(1, round(6 * depth))
        nothing = nn.Identity()  # upsampling and concatenation, which hold nothing and take a number each
        self.model = nn.ModuleList(
            [
                Conv(3, c64, 3, 2),
                Conv(c64, c128, 3, 2),
                C2f(c128, c128, three, shortcut=True),
                Conv(c128, c256, 3, 2),
                C2f(c256, c256, six, shortcut=True),
                Conv(c256, c512, 3, 2),
                C2f(c512, c512, six, shortcut=True),
                Conv(c512, c1024, 3, 2),
                C2f(c1024, c1024, three, shortcut=True),
                Sppf(c1024),
                nothing,
                nothing,
                C2f(c1024 + c512, c512, three),
                nothing,
                nothing,
                C2f(c512 + c256, c256, three),
                Conv(c256, c256, 3, 2),
                nothing,
                C2f(c256 + c512, c512, three),
                Conv(c512, c512, 3, 2),
                nothing,
                C2f(c512 + c1024, c1024, three),
                Detect([c256, c512, c1024], classes, bins),
            ]
        )

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        def through(x: Tensor, *numbers: int) -> Tensor:
            for number in numbers:
                x = self.model[number](x)
            return x

        p3 = through(image, 0, 1, 2, 3, 4)
        p4 = through(p3, 5, 6)
        p5 = through(p4, 7, 8, 9)
        n4 = through(torch.cat([interpolate(p5, scale_factor=2.0), p4], 1), 12)
        small = through(torch.cat([interpolate(n4, scale_factor=2.0), p3], 1), 15)
        medium = through(torch.cat([through(small, 16), n4], 1), 18)
        large = through(torch.cat([through(medium, 19), p5], 1), 21)
        return self.model[22]([small, medium, large])
