"""3-d transposed convolution, torch.nn.ConvTranspose3d."""

from calc.ops.base.conv_transpose import ConvTranspose


class ConvTranspose3d(ConvTranspose):
    """A transposed convolution over 3 spatial axes."""

    word = "conv_transpose3d"
    rank = 3
