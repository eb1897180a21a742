"""Mean, sum, maximum or minimum over axes: torch.mean, sum, amax, amin."""

from typing import Literal

from calc.ops.base import Op
from calc.ops.base.axes import dims_from_end
from calc.ops.base.fields import Boolean, IntegerOrIntegers
from calc.shape import Shape, Shapes


class Reduce(Op):
    """Applies ``function`` over the axes ``dim``; ``keepdim`` keeps them with size 1.

    Every element that is read counts once. If the channel axis is reduced, it is unknown afterwards.
    """

    word = "reduce"
    no_macs = "adds or comparisons, and at most one division per output"
    category = "pool"

    function: Literal["mean", "sum", "max", "min"]
    dim: IntegerOrIntegers
    keepdim: Boolean = False

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        reduced = dims_from_end(self.dim, x)
        channel_axis = None if x.channel_axis in reduced else x.channel_axis
        if self.keepdim:
            return Shape(tuple(1 if axis in reduced else x.sizes[axis] for axis in range(-x.rank, 0)), channel_axis)
        if channel_axis is not None:
            channel_axis += sum(axis > channel_axis for axis in reduced)
        return Shape(tuple(x.sizes[axis] for axis in range(-x.rank, 0) if axis not in reduced), channel_axis)

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        return {self.word: inputs[0].elements}
