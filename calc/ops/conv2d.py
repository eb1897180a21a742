"""2-d convolution, torch.nn.Conv2d."""

from calc.ops.base.convolution import Convolution


class Conv2d(Convolution):
    """A convolution over 2 spatial axes."""

    word = "conv2d"
    rank = 2
