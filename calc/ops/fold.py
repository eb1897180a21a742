"""Sliding blocks of a map as columns, and back. Formulas: torch.nn.Unfold's and Fold's documentation."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import NaturalPerAxis, PositivePerAxis
from calc.ops.base.windows import window_count
from calc.shape import Shape, Shapes, channel_size


class Blocks(Op):
    """Blocks of ``kernel_size`` that slide over height and width."""

    kernel_size: PositivePerAxis
    dilation: PositivePerAxis = 1
    padding: NaturalPerAxis = 0
    stride: PositivePerAxis = 1

    def check(self) -> None:
        for field in ("kernel_size", "dilation", "padding", "stride"):
            self.per_axis(field, 2)

    def block_elements(self) -> int:
        """Return the number of positions in one block of one channel."""
        return prod(self.per_axis("kernel_size", 2))

    def block_count(self, height: int, width: int) -> int:
        """Return the number of blocks on a map of this size. Raises OpError if no block fits."""
        return prod(
            window_count(size, kernel, stride, (padding, padding), dilation, axis_name)
            for size, kernel, stride, padding, dilation, axis_name in zip(
                (height, width),
                self.per_axis("kernel_size", 2),
                self.per_axis("stride", 2),
                self.per_axis("padding", 2),
                self.per_axis("dilation", 2),
                ("height", "width"),
                strict=True,
            )
        )


class Unfold(Blocks):
    """(channels, height, width) becomes (channels · kernel elements, blocks)."""

    word = "unfold"
    no_macs = "copies only"

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channels = channel_size(x, -3, "(channels, height, width)")
        return Shape((*x.sizes[:-3], channels * self.block_elements(), self.block_count(*x.sizes[-2:])), -2)


class Fold(Blocks):
    """(channels · kernel elements, blocks) becomes (channels, *output_size); overlapping blocks are added up."""

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
            raise OpError(f"output_size {height}×{width} has {blocks} blocks, but the input {x} has {x.sizes[-1]}")
        return Shape((*x.sizes[:-2], rows // elements, height, width), -3)

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        return {self.word: inputs[0].elements}
