"""Channels rearranged into a finer map, torch.nn.PixelShuffle."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Positive
from calc.shape import Shape, Shapes, channel_size


class PixelShuffle(Op):
    """(channels · r², height, width) becomes (channels, height · r, width · r), r = ``upscale_factor``."""

    word = "pixel_shuffle"
    no_macs = "copies only"

    upscale_factor: Positive

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        in_channels = channel_size(x, -3, "(channels, height, width)")
        factor = self.upscale_factor
        if in_channels % factor**2:
            raise OpError(f"upscale_factor²={factor**2} does not divide in_channels={in_channels}")
        height, width = x.sizes[-2:]
        return Shape((*x.sizes[:-3], in_channels // factor**2, height * factor, width * factor), -3)
