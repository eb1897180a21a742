"""2-d adaptive max pooling, torch.nn.AdaptiveMaxPool2d."""

from calc.ops.base.pooling import AdaptivePool


class AdaptiveMaxPool2d(AdaptivePool):
    """The maximum of each part of 2 spatial axes."""

    word = "adaptive_max_pool2d"
    no_macs = "comparisons only"
    rank = 2
