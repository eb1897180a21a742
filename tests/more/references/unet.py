"""U-Net, arXiv:1505.04597, and 3D U-Net, arXiv:1606.06650."""

import torch
from torch import Tensor, nn


def cropped(x: Tensor, like: Tensor) -> Tensor:
    """The middle of ``x`` in the spatial sizes of ``like``."""
    for axis in range(2, x.dim()):
        x = x.narrow(axis, (x.shape[axis] - like.shape[axis]) // 2, like.shape[axis])
    return x


class DoubleConv(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, padding: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=padding)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=padding)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.conv2(torch.relu(self.conv1(x))))


class Up(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, padding: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, 2, 2)
        self.convs = DoubleConv(2 * out_channels, out_channels, padding)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.up(x)
        return self.convs(torch.cat([cropped(skip, x), x], 1))


class Unet(nn.Module):
    def __init__(self, padding: int = 0, width: int = 64, channels: int = 1, classes: int = 2) -> None:
        super().__init__()
        for level in range(1, 6):
            before = channels if level == 1 else width * 2 ** (level - 2)
            self.add_module(f"down{level}", _Down(DoubleConv(before, width * 2 ** (level - 1), padding)))
        for level in range(1, 5):
            self.add_module(f"up{level}", Up(width * 2**level, width * 2 ** (level - 1), padding))
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = [x := self.get_submodule("down1")(x)]
        for level in range(2, 6):
            skips.append(x := self.get_submodule(f"down{level}")(nn.functional.max_pool2d(x, 2)))
        for level in range(4, 0, -1):
            x = self.get_submodule(f"up{level}")(x, skips[level - 1])
        return self.head(x)


class _Down(nn.Module):
    def __init__(self, convs: nn.Module) -> None:
        super().__init__()
        self.convs = convs

    def forward(self, x: Tensor) -> Tensor:
        return self.convs(x)


class Conv3(nn.Module):
    def __init__(self, in_channels: int, out_channels: int, padding: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels, 3, padding=padding)
        self.bn = nn.BatchNorm3d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.bn(self.conv(x)))


class Convs3(nn.Module):
    """Two convolutions, and an up-convolution before them where ``up`` says its channels."""

    def __init__(self, channels: tuple[int, int, int], padding: int, up: int = 0) -> None:
        super().__init__()
        if up:
            self.up = nn.ConvTranspose3d(up, up, 2, 2)
        self.conv1 = Conv3(channels[0], channels[1], padding)
        self.conv2 = Conv3(channels[1], channels[2], padding)

    def forward(self, x: Tensor, skip: Tensor | None = None) -> Tensor:
        if skip is not None:
            x = self.up(x)
            x = torch.cat([cropped(skip, x), x], 1)
        return self.conv2(self.conv1(x))


class Unet3d(nn.Module):
    def __init__(self, padding: int = 0, width: int = 32, channels: int = 3, classes: int = 3) -> None:
        super().__init__()
        w = width
        self.down1 = Convs3((channels, w, 2 * w), padding)
        self.down2 = Convs3((2 * w, 2 * w, 4 * w), padding)
        self.down3 = Convs3((4 * w, 4 * w, 8 * w), padding)
        self.down4 = Convs3((8 * w, 8 * w, 16 * w), padding)
        self.up3 = Convs3((16 * w + 8 * w, 8 * w, 8 * w), padding, up=16 * w)
        self.up2 = Convs3((8 * w + 4 * w, 4 * w, 4 * w), padding, up=8 * w)
        self.up1 = Convs3((4 * w + 2 * w, 2 * w, 2 * w), padding, up=4 * w)
        self.head = nn.Conv3d(2 * w, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        pool = nn.functional.max_pool3d
        first = self.down1(x)
        second = self.down2(pool(first, 2))
        third = self.down3(pool(second, 2))
        x = self.down4(pool(third, 2))
        return self.head(self.up1(self.up2(self.up3(x, third), second), first))
