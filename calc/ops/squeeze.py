"""Axes of size 1 that are removed or added: torch.squeeze and unsqueeze."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.axes import dims_from_end
from calc.ops.base.fields import Integer, IntegerOrIntegers
from calc.shape import Shape, Shapes, dim_from_end


class Squeeze(Op):
    """x without the axes ``dim``, each of size 1. If the channel axis is removed, it is unknown afterwards."""

    word = "squeeze"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    dim: IntegerOrIntegers

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        gone = dims_from_end(self.dim, x)
        for dim in self.dim if isinstance(self.dim, tuple) else (self.dim,):
            size = x.sizes[dim_from_end(dim, x)]
            if size != 1:
                raise OpError(f"dim={dim} of the input {x} has size {size}, not 1")
        sizes = tuple([x.sizes[axis] for axis in range(-x.rank, 0) if axis not in gone])
        if x.channel_axis is None or x.channel_axis in gone:
            return Shape(sizes)
        return Shape(sizes, x.channel_axis + sum([axis > x.channel_axis for axis in gone]))


class Unsqueeze(Op):
    """x with a new axis of size 1 at ``dim`` of the output."""

    word = "unsqueeze"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    dim: Integer

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        new = dim_from_end(self.dim, x, extra=1)
        position = x.rank + 1 + new
        sizes = (*x.sizes[:position], 1, *x.sizes[position:])
        if x.channel_axis is None or x.channel_axis > new:
            return Shape(sizes, x.channel_axis)
        return Shape(sizes, x.channel_axis - 1)
