"""Channels interleaved across groups, torch.nn.ChannelShuffle."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Positive
from calc.shape import Shape, Shapes, channel_size


class ChannelShuffle(Op):
    """Interleaves groups of channels: (groups, channels / groups) is transposed, as in ShuffleNet."""

    layout = "maps"
    word = "channel_shuffle"
    no_macs = "copies only"

    groups: Positive

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (channels, …) with at least 2 axes, got {x.rank} ({x})")
        channels = channel_size(x, -x.rank, "(channels, …)")
        if channels % self.groups:
            raise OpError(f"groups={self.groups} does not divide channels={channels}")
        return Shape(x.sizes, -x.rank)
