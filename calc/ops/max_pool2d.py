"""2-d max pooling, torch.nn.MaxPool2d."""

from calc.ops.base.pooling import MaxPool


class MaxPool2d(MaxPool):
    """The maximum of windows over 2 spatial axes."""

    word = "max_pool2d"
    rank = 2
