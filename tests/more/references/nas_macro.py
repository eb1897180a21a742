"""A network of NAS-Bench-Macro: arXiv:2103.11922, Section 4.4. Which block stands where is given by a list of words."""

from collections.abc import Sequence

from torch import Tensor, nn

STAGES = ((64, 2), (64, 1), (128, 2), (128, 1), (128, 1), (256, 2), (256, 1), (256, 1))
"""Channels out and stride of each position."""


def conv_bn(in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels))


class InvertedResidual(nn.Sequential):
    """Wide inside; with a shortcut wherever the stride is 1, as channels then stay as they are."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, expand: int, kernel: int) -> None:
        hidden = in_channels * expand
        super().__init__(
            conv_bn(in_channels, hidden),
            nn.ReLU(),
            conv_bn(hidden, hidden, kernel, stride, hidden),
            nn.ReLU(),
            conv_bn(hidden, out_channels),
        )
        self.has_shortcut = stride == 1

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x) if self.has_shortcut else super().forward(x)


class NasMacro(nn.Module):
    """``op``: Skip, MB3 or MB6 of each of eight positions."""

    def __init__(self, op: Sequence[str] = ("Skip",) * 8, classes: int = 10) -> None:
        super().__init__()
        self.stem = conv_bn(3, 32, 3)
        blocks: list[nn.Module] = []
        channels = 32
        for word, (out, stride) in zip(op, STAGES, strict=True):
            if word == "Skip":
                blocks.append(nn.Sequential(conv_bn(channels, out, stride=stride)) if stride == 2 else nn.Identity())
            else:
                blocks.append(InvertedResidual(channels, out, stride, *{"MB3": (3, 3), "MB6": (6, 5)}[word]))
            channels = out
        self.blocks = nn.Sequential(*blocks)
        self.head = conv_bn(channels, 1280)
        self.classifier = nn.Linear(1280, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(self.blocks(self.stem(x).relu())).relu()
        return self.classifier(x.mean((2, 3)))
