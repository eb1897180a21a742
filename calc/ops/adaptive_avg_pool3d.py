"""3-d adaptive average pooling, torch.nn.AdaptiveAvgPool3d."""

from calc.ops.base.pooling import AdaptivePool


class AdaptiveAvgPool3d(AdaptivePool):
    """The mean of each part of 3 spatial axes."""

    word = "adaptive_avg_pool3d"
    no_macs = "adds, and one division a window"
    rank = 3
