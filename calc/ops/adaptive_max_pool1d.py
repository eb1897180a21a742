"""1-d adaptive max pooling, torch.nn.AdaptiveMaxPool1d."""

from calc.ops.base.pooling import AdaptivePool


class AdaptiveMaxPool1d(AdaptivePool):
    """The maximum of each part of 1 spatial axis."""

    word = "adaptive_max_pool1d"
    no_macs = "comparisons only"
    rank = 1
