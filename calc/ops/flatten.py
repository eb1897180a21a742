"""Several axes as one, torch.nn.Flatten."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.axes import declared_axis
from calc.ops.base.fields import Channels, Integer
from calc.shape import Shape, Shapes, dim_from_end


class Flatten(Op):
    """Joins the axes from ``start_dim`` to ``end_dim``; ``channels`` declares where the channels are afterwards.

    Channels that are joined with everything after them become the features of the last axis.
    """

    word = "flatten"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    start_dim: Integer = 1
    end_dim: Integer = -1
    channels: Channels = None

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        first, last = dim_from_end(self.start_dim, x), dim_from_end(self.end_dim, x)
        if first > last:
            raise OpError(f"start_dim={self.start_dim} comes after end_dim={self.end_dim} in the input {x}")
        start, stop = x.rank + first, x.rank + last + 1
        merged = prod(x.sizes[start:stop])
        flat = Shape((*x.sizes[:start], merged, *x.sizes[stop:]))
        if self.channels is not None:
            return flat._replace(channel_axis=declared_axis(self.channels, flat))
        axis = x.channel_axis
        if flat.rank == 1:
            axis = -1
        elif axis is not None and axis < first:
            axis += last - first
        elif axis is not None and axis <= last:
            keeps_channels = x.sizes[axis] == merged or (axis == first and last == -1)
            axis = last if keeps_channels else None
        return flat._replace(channel_axis=axis)
