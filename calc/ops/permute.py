"""Axes in another order, torch.permute."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.axes import declared_axis
from calc.ops.base.fields import Channels, Integers
from calc.shape import Shape, Shapes
from calc.strides import Sizes, Strides


class Permute(Op):
    """Axis i of the output is axis ``dims[i]`` of the input; the batch, axis 0, must stay first: [0, 2, 3, 1]."""

    word = "permute"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    dims: Integers
    channels: Channels = None

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axes = x.rank + 1
        if len(self.dims) != axes:
            raise OpError(
                f"dims={list(self.dims)} has {len(self.dims)} entries, but the input {x} has {axes} axes with its batch"
            )
        order = [dim + axes if dim < 0 else dim for dim in self.dims]
        if sorted(order) != list(range(axes)):
            raise OpError(f"dims={list(self.dims)} must name each of the axes 0 to {x.rank} once")
        if order[0] != 0:
            raise OpError(f"dims={list(self.dims)} moves the batch axis", "the first of dims is 0")
        shape = Shape(tuple(x.sizes[dim - 1] for dim in order[1:]))
        if self.channels is not None:
            return shape._replace(channel_axis=declared_axis(self.channels, shape))
        if x.channel_axis is None:
            return shape
        return shape._replace(channel_axis=order.index(axes + x.channel_axis) - axes)

    def view_strides(self, sizes: Sizes, strides: Strides, output: Sizes) -> Strides:
        return tuple([strides[dim - 1 if dim > 0 else dim] for dim in self.dims[1:]])
