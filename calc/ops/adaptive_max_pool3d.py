"""3-d adaptive max pooling, torch.nn.AdaptiveMaxPool3d."""

from calc.ops.base.pooling import AdaptivePool


class AdaptiveMaxPool3d(AdaptivePool):
    """The maximum of each part of 3 spatial axes."""

    word = "adaptive_max_pool3d"
    no_macs = "comparisons only"
    rank = 3
