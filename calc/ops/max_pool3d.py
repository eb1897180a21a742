"""3-d max pooling, torch.nn.MaxPool3d."""

from calc.ops.base.pooling import MaxPool


class MaxPool3d(MaxPool):
    """The maximum of windows over 3 spatial axes."""

    word = "max_pool3d"
    rank = 3
