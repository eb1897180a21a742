"""1-d adaptive average pooling, torch.nn.AdaptiveAvgPool1d."""

from calc.ops.base.pooling import AdaptivePool


class AdaptiveAvgPool1d(AdaptivePool):
    """The mean of each part of 1 spatial axis."""

    word = "adaptive_avg_pool1d"
    no_macs = "adds, and one division a window"
    rank = 1
