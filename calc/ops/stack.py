"""Tensors one after another along a new axis, torch.stack."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end


class Stack(Op):
    """The inputs, all of one shape, along a new axis ``dim`` of the output.

    The output's channel axis is that of the inputs whose channel axis is known, if these agree.
    """

    word = "stack"
    takes = "any"
    no_macs = "copies only"
    roles = ("xs*",)

    dim: Integer = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        for other in inputs[1:]:
            if other.sizes != x.sizes:
                raise OpError(f"the inputs {x} and {other} differ, but stack needs equal shapes")
        new = dim_from_end(self.dim, x, extra=1)
        position = x.rank + 1 + new
        sizes = (*x.sizes[:position], len(inputs), *x.sizes[position:])
        axes = {shape.channel_axis for shape in inputs if shape.channel_axis is not None}
        if len(axes) != 1:
            return Shape(sizes)
        axis = axes.pop()
        return Shape(sizes, axis if axis > new else axis - 1)
