"""1-d max pooling, torch.nn.MaxPool1d."""

from calc.ops.base.pooling import MaxPool


class MaxPool1d(MaxPool):
    """The maximum of windows over 1 spatial axis."""

    word = "max_pool1d"
    rank = 1
