"""1-d average pooling, torch.nn.AvgPool1d."""

from calc.ops.base.pooling import AvgPool


class AvgPool1d(AvgPool):
    """The mean of windows over 1 spatial axis."""

    word = "avg_pool1d"
    rank = 1
