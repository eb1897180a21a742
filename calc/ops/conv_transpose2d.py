"""2-d transposed convolution, torch.nn.ConvTranspose2d."""

from calc.ops.base.conv_transpose import ConvTranspose


class ConvTranspose2d(ConvTranspose):
    """A transposed convolution over 2 spatial axes."""

    word = "conv_transpose2d"
    rank = 2
