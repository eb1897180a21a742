"""2-d adaptive average pooling, torch.nn.AdaptiveAvgPool2d."""

from calc.ops.base.pooling import AdaptivePool


class AdaptiveAvgPool2d(AdaptivePool):
    """The mean of each part of 2 spatial axes."""

    word = "adaptive_avg_pool2d"
    no_macs = "adds, and one division a window"
    rank = 2
