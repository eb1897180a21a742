"""The same elements with other sizes, torch.reshape."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.axes import declared_axis
from calc.ops.base.fields import Channels, Integers
from calc.shape import Shape, Shapes


class Reshape(Op):
    """Sets the sizes without the batch. One size may be -1, which is computed from the rest, and 0 keeps a size.

    Afterwards the channel axis is known only if the channels are still an axis of their own, or if they are joined with
    everything after them to the features of the last axis. Otherwise ``channels`` can declare it.
    """

    word = "reshape"
    takes = "any"
    no_macs = "moves no data"
    is_view = True

    shape: Integers
    channels: Channels = None

    def check(self) -> None:
        if min(self.shape) < -1:
            raise OpError(f"shape={list(self.shape)} holds {min(self.shape)}: sizes must be positive, -1 or 0")
        if self.shape.count(-1) > 1:
            raise OpError(f"shape={list(self.shape)} holds -1 {self.shape.count(-1)} times; it may occur once")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if 0 in self.shape[x.rank :]:
            raise OpError(f"shape={list(self.shape)} has 0 for an axis that the input {x} does not have")
        sizes = [x.sizes[index] if size == 0 else size for index, size in enumerate(self.shape)]
        if -1 in sizes:
            rest = -prod(sizes)
            if x.elements % rest:
                raise OpError(f"the {x.elements} elements of the input {x} cannot be divided by {rest}")
            sizes[sizes.index(-1)] = x.elements // rest
        shape = Shape(tuple(sizes))
        if shape.elements != x.elements:
            raise OpError(f"the input {x} has {x.elements} elements, but {shape} has {shape.elements}")
        if self.channels is not None:
            return shape._replace(channel_axis=declared_axis(self.channels, shape))
        return shape._replace(channel_axis=_channel_axis(x, shape.sizes))


def _channel_axis(x: Shape, sizes: tuple[int, ...]) -> int | None:
    """Return the axis of ``sizes`` that starts at the channels of ``x`` and has nothing else."""
    if len(sizes) == 1:
        return -1
    if x.channel_axis is None or x.sizes == sizes:
        return x.channel_axis
    before = prod(x.sizes[: x.channel_axis])
    candidates = [
        axis - len(sizes) for axis, size in enumerate(sizes) if size == x.channels and prod(sizes[:axis]) == before
    ]
    if len(candidates) == 1:
        return candidates[0]
    return -1 if not candidates and prod(sizes[:-1]) == before else None
