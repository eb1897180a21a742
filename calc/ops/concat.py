"""Tensors side by side along an axis, torch.cat."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end


class Concat(Op):
    """The inputs one after another along ``dim``; all their other sizes must be equal.

    The output's channel axis is that of the inputs whose channel axis is known, if these agree.
    """

    layout = "maps"
    word = "concat"
    takes = "any"
    no_macs = "copies only"
    roles = ("xs*",)

    dim: Integer = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        position = x.rank + axis
        before, after = x.sizes[:position], x.sizes[position + 1 :]
        for other in inputs[1:]:
            if other.rank != x.rank or (other.sizes[:position], other.sizes[position + 1 :]) != (before, after):
                raise OpError(f"the inputs {x} and {other} differ outside dim={self.dim}")
        size = sum(shape.sizes[position] for shape in inputs)
        axes = {shape.channel_axis for shape in inputs if shape.channel_axis is not None}
        return Shape((*before, size, *after), axes.pop() if len(axes) == 1 else None)
