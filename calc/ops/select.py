"""One position of an axis, torch.select."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end
from calc.strides import Sizes, Strides


class Select(Op):
    """x[index] along ``dim``; the output does not have this axis. A negative index counts from the end."""

    word = "select"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    dim: Integer
    index: Integer

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        size = x.sizes[axis]
        if not -size <= self.index < size:
            raise OpError(f"index={self.index} is outside dim={self.dim} of size {size}")
        position = x.rank + axis
        channel_axis = x.channel_axis
        if channel_axis == axis:
            channel_axis = None
        elif channel_axis is not None and channel_axis < axis:
            channel_axis += 1
        return Shape(x.sizes[:position] + x.sizes[position + 1 :], channel_axis)

    def view_strides(self, sizes: Sizes, strides: Strides, output: Sizes) -> Strides:
        found = list(strides)
        del found[self.dim - 1 if self.dim > 0 else self.dim]
        return tuple(found)
