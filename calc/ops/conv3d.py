"""3-d convolution, torch.nn.Conv3d."""

from calc.ops.base.convolution import Convolution


class Conv3d(Convolution):
    """A convolution over 3 spatial axes."""

    word = "conv3d"
    rank = 3
