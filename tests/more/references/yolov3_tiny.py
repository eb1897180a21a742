"""YOLOv3-tiny: darknet's yolov3-tiny.cfg."""

from torch import Tensor, cat, nn
from torch.nn.functional import interpolate, leaky_relu, max_pool2d, pad


class Conv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, padding=(kernel - 1) // 2, bias=False)
        self.bn = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return leaky_relu(self.bn(self.conv(x)), 0.1)


class PoolInPlace(nn.Module):
    """The maximum of two by two positions, at every one: what lies outside, below and to the right, is −∞."""

    def forward(self, x: Tensor) -> Tensor:
        return max_pool2d(pad(x, (0, 1, 0, 1), value=float("-inf")), 2, 1)


class YoloV3Tiny(nn.Module):
    def __init__(self, classes: int = 80, anchors: int = 3) -> None:
        super().__init__()
        outputs = anchors * (5 + classes)
        fine: list[nn.Module] = [Conv(3, 16)]
        for channels in (16, 32, 64, 128):
            fine += [nn.MaxPool2d(2), Conv(channels, 2 * channels)]
        self.fine = nn.Sequential(*fine)
        self.coarse = nn.Sequential(
            nn.MaxPool2d(2), Conv(256, 512), PoolInPlace(), Conv(512, 1024), Conv(1024, 256, kernel=1)
        )
        self.large = nn.Sequential(Conv(256, 512), nn.Conv2d(512, outputs, 1))
        self.lateral = nn.Sequential(Conv(256, 128, kernel=1))
        self.small = nn.Sequential(Conv(128 + 256, 256), nn.Conv2d(256, outputs, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        fine = self.fine(image)
        coarse = self.coarse(fine)
        lateral = interpolate(self.lateral(coarse), scale_factor=2.0)
        return self.large(coarse), self.small(cat([lateral, fine], 1))
