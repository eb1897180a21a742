"""1-d transposed convolution, torch.nn.ConvTranspose1d."""

from calc.ops.base.conv_transpose import ConvTranspose


class ConvTranspose1d(ConvTranspose):
    """A transposed convolution over 1 spatial axis."""

    word = "conv_transpose1d"
    rank = 1
