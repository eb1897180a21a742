"""Channels rearranged into a finer map and back: torch.nn.PixelShuffle and PixelUnshuffle."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Positive
from calc.shape import Shape, Shapes, channel_size

_LAYOUT = "(channels, height, width)"


class PixelShuffle(Op):
    """(channels · r², height, width) becomes (channels, height · r, width · r), r = ``upscale_factor``."""

    layout = "maps"
    word = "pixel_shuffle"
    no_macs = "copies only"

    upscale_factor: Positive

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        in_channels = channel_size(x, -3, _LAYOUT)
        factor = self.upscale_factor
        if in_channels % factor**2:
            raise OpError(f"upscale_factor²={factor**2} does not divide in_channels={in_channels}")
        height, width = x.sizes[-2:]
        return Shape((*x.sizes[:-3], in_channels // factor**2, height * factor, width * factor), -3)


class PixelUnshuffle(Op):
    """(channels, height · r, width · r) becomes (channels · r², height, width), r = ``downscale_factor``."""

    layout = "maps"
    word = "pixel_unshuffle"
    no_macs = "copies only"

    downscale_factor: Positive

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        in_channels = channel_size(x, -3, _LAYOUT)
        factor = self.downscale_factor
        height, width = x.sizes[-2:]
        for name, size in (("height", height), ("width", width)):
            if size % factor:
                raise OpError(f"downscale_factor={factor} does not divide the {name} {size} of the input {x}")
        return Shape((*x.sizes[:-3], in_channels * factor**2, height // factor, width // factor), -3)
