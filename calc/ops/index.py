"""Positions of an axis, in any fixed order: torch.index_select by a constant."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Indices, Integer
from calc.shape import Shape, Shapes, dim_from_end


class Index(Op):
    """The positions ``indices`` of ``dim``, in that order; they may repeat, and negative ones count from the end."""

    word = "index"
    takes = "any"
    no_macs = "copies only"

    dim: Integer
    indices: Indices

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        size = x.sizes[axis]
        for index in self.indices:
            if not -size <= index < size:
                raise OpError(f"index {index} is outside dim={self.dim} of size {size} of the input {x}")
        sizes = list(x.sizes)
        sizes[axis] = len(self.indices)
        return Shape(tuple(sizes), x.channel_axis)
