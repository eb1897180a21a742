"""1-d convolution, torch.nn.Conv1d."""

from calc.ops.base.convolution import Convolution


class Conv1d(Convolution):
    """A convolution over 1 spatial axis."""

    word = "conv1d"
    rank = 1
