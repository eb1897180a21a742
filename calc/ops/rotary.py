"""Rotary position embedding: pairs of features are rotated by an angle that grows with the token's position.

Su et al. 2021, arXiv:2104.09864, equation 34.
"""

from math import trunc

from calc.errors import OpError
from calc.ops.base import Elementwise, Op, Tensors
from calc.ops.base.fields import Boolean, Natural, Number, Positive
from calc.shape import Shape, Shapes, axes_text, channel_size


class Rotary(Op):
    """Rotates pairs of features by the angle position · base ^ (−2 · pair / rotated features).

    The first ``fraction`` of each head's features are rotated. ``heads`` says how many heads the channels hold. It is
    1, the default, where the heads are an axis of their own before the tokens. A pair is a feature and the one that is
    half of the rotated features further (Llama, GPT-NeoX); with ``interleaved`` it is a feature and its neighbour
    (GPT-J). The first token is at position ``start``. With ``persistent``, the frequencies ``inv_freq`` are a buffer in
    the state dict. Each rotated element costs two multiplications and one addition.
    """

    word = "rotary"
    no_macs = "two multiplications and an addition per rotated element, since the angles are constants"

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
            raise OpError(f"needs (…, tokens, channels), got {axes_text(x.rank)} ({x})")
        if channels % self.heads:
            raise OpError(f"heads={self.heads} does not divide channels={channels}")
        turned = self.turned(channels)
        if turned % 2 or not turned:
            raise OpError(
                f"fraction={self.fraction} of {channels // self.heads} features per head is {turned}: "
                "it must be even and above 0",
                "give heads: if the channels hold several heads" if self.heads == 1 else "",
            )
        return Shape(x.sizes, -1)

    def turned(self, channels: int) -> int:
        """Return the number of features of a head that are rotated, rounded down as in GPT-NeoX."""
        return trunc(channels // self.heads * self.fraction)

    def buffers(self, inputs: Shapes) -> Tensors:
        return {"inv_freq": (self.turned(inputs[0].sizes[-1]) // 2,)} if self.persistent else {}

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        channels = output.sizes[-1]
        return {self.word: output.elements // channels * self.heads * self.turned(channels)}
