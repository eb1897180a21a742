"""Columns summed back into a map, torch.nn.Fold."""

from calc.errors import OpError
from calc.ops.base.blocks import Blocks
from calc.ops.base.fields import PositivePerAxis
from calc.shape import Shape, Shapes, channel_size


class Fold(Blocks):
    """(channels · kernel elements, blocks) becomes (channels, *output_size); where blocks overlap they add up."""

    word = "fold"
    no_macs = "adds only"
    category = "add"

    output_size: PositivePerAxis

    def check(self) -> None:
        super().check()
        self.per_axis("output_size", 2)

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        rows = channel_size(x, -2, "(channels · kernel elements, blocks)")
        elements = self.block_elements()
        if rows % elements:
            raise OpError(f"the {elements} kernel elements do not divide the {rows} rows of the input {x}")
        height, width = self.per_axis("output_size", 2)
        blocks = self.block_count(height, width)
        if blocks != x.sizes[-1]:
            raise OpError(f"output_size {height}×{width} has {blocks} blocks, the input {x} brings {x.sizes[-1]}")
        return Shape((*x.sizes[:-2], rows // elements, height, width), -3)

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        return {self.word: inputs[0].elements}
