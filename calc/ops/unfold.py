"""Sliding blocks of a map as columns, torch.nn.Unfold."""

from calc.ops.base.blocks import Blocks
from calc.shape import Shape, Shapes, channel_size


class Unfold(Blocks):
    """(channels, height, width) becomes (channels · kernel elements, blocks)."""

    word = "unfold"
    no_macs = "copies only"

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channels = channel_size(x, -3, "(channels, height, width)")
        return Shape((*x.sizes[:-3], channels * self.block_elements(), self.block_count(*x.sizes[-2:])), -2)
