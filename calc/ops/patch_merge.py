"""Neighbouring positions of a channels-last map side by side: Swin's patch merging without its projection."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.shape import Shape, Shapes, axes_text, channel_size


class PatchMerge(Op):
    """(…, height, width, channels) to (…, ⌈height / 2⌉, ⌈width / 2⌉, 4 · channels).

    The channels of each 2×2 patch are put together column by column. A map of odd size first gets a row or column of
    zeros at its end.
    """

    word = "patch_merge"
    no_macs = "copies only"

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 3:
            raise OpError(f"needs (…, height, width, channels), got {axes_text(x.rank)} ({x})")
        channels = channel_size(x, -1, "(…, height, width, channels)")
        height, width = x.sizes[-3:-1]
        return Shape((*x.sizes[:-3], (height + 1) // 2, (width + 1) // 2, 4 * channels), -1)
