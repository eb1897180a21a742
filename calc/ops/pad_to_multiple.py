"""Zeros after a map until whole patches cover it; Video Swin pads like this before its patch embedding."""

from calc.ops.base import Op
from calc.ops.base.fields import Sizes
from calc.shape import Shape, Shapes, channel_size


class PadToMultiple(Op):
    """Pads each map axis of (…, channels, *map) at its end to a multiple of its entry in ``multiple``."""

    word = "pad_to_multiple"
    takes = "any"
    no_macs = "copies only"

    multiple: Sizes

    def output_shape(self, inputs: Shapes) -> Shape:
        x, axes = inputs[0], len(self.multiple)
        channel_size(x, -axes - 1, f"(channels, and {axes} spatial axes)")
        filled = tuple(size + -size % by for size, by in zip(x.sizes[-axes:], self.multiple, strict=True))
        return Shape((*x.sizes[:-axes], *filled), -axes - 1)
