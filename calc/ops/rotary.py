"""Rotary position embedding: pairs of features turned by an angle that grows with the token's position.

Su et al. 2021, arXiv:2104.09864, equation 34.
"""

from math import trunc

from calc.errors import OpError
from calc.ops.base import Elementwise, Op, Tensors
from calc.ops.base.fields import Boolean, Natural, Number, Positive
from calc.shape import Shape, Shapes, channel_size


class Rotary(Op):
    """Each head's first ``fraction`` of features turned in pairs, by position · base ^ (−2 · pair / turned features).

    The channels hold ``heads`` heads; those that are an axis of their own before the tokens need 1, the default. A
    pair is a feature and the one half of the turned features later (Llama, GPT-NeoX), or ``interleaved`` its
    neighbour (GPT-J). The first token is at position ``start``. ``persistent``: the frequencies, ``inv_freq``, are a
    buffer in the state dict. A turned element costs two multiplications and an addition.
    """

    word = "rotary"
    no_macs = "two multiplications and an addition a turned element, the angles being constants"

    heads: Positive = 1
    fraction: Number = 1.0
    base: Number = 10000.0
    interleaved: Boolean = False
    persistent: Boolean = False
    start: Natural = 0

    def check(self) -> None:
        if not 0 < self.fraction <= 1:
            raise OpError(f"fraction={self.fraction}: must be above 0 and at most 1")
        if self.base <= 0:
            raise OpError(f"base={self.base}: must be above 0")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channels = channel_size(x, -1, "(…, tokens, channels)")
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, channels), got {x.rank} axes ({x})")
        if channels % self.heads:
            raise OpError(f"heads={self.heads} does not divide channels={channels}")
        turned = self.turned(channels)
        if turned % 2 or not turned:
            raise OpError(
                f"fraction={self.fraction} of {channels // self.heads} features a head is {turned}: no pairs",
                "give heads: where the channels hold several" if self.heads == 1 else "",
            )
        return Shape(x.sizes, -1)

    def turned(self, channels: int) -> int:
        """The features of one head that are turned, rounded down as GPT-NeoX does."""
        return trunc(channels // self.heads * self.fraction)

    def buffers(self, inputs: Shapes) -> Tensors:
        return {"inv_freq": (self.turned(inputs[0].sizes[-1]) // 2,)} if self.persistent else {}

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        channels = output.sizes[-1]
        return {self.word: output.elements // channels * self.heads * self.turned(channels)}
