"""Axes of size 1 repeated without a copy, torch.Tensor.expand."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Integers
from calc.shape import Shape, Shapes, axes_text
from calc.strides import Sizes, Strides, spread


class Expand(Op):
    """Repeats axes of size 1 without a copy: -1 in ``shape`` keeps a size, and new axes come first.

    ``shape`` leaves out the batch.
    """

    word = "expand"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    shape: Integers

    def check(self) -> None:
        for size in self.shape:
            if size < 1 and size != -1:
                raise OpError(f"shape={list(self.shape)} holds {size}: sizes must be positive, or -1")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        new = len(self.shape) - x.rank
        if new < 0:
            raise OpError(f"shape={list(self.shape)} has {axes_text(len(self.shape))}, but the input {x} has {x.rank}")
        if -1 in self.shape[:new]:
            raise OpError(f"shape={list(self.shape)} has -1 for an axis that the input {x} does not have")
        sizes = list(self.shape)
        for index, size in enumerate(x.sizes, start=new):
            if sizes[index] == -1:
                sizes[index] = size
            elif size not in (1, sizes[index]):
                raise OpError(
                    f"shape={list(self.shape)} expands an axis of size {size} to {sizes[index]}; it must be 1"
                )
        return Shape(tuple(sizes), x.channel_axis)

    def view_strides(self, sizes: Sizes, strides: Strides, output: Sizes) -> Strides:
        return spread(sizes, strides, output)
