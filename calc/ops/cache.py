"""The cache of earlier keys or values, so that a call of a language model computes only the new ones."""

from calc.errors import OpError
from calc.ops.base import Op, State
from calc.ops.base.fields import Boolean, Natural, OptionalPositive
from calc.recorded import minimum
from calc.shape import Shape, Shapes, axes_text, channel_size


class Cache(Op):
    """The keys, or the values, of ``past`` earlier tokens, followed by those that arrive.

    x is (…, tokens, features). With ``sliding_window``, only that many of the latest tokens are kept, and cached tokens
    that no token of this call sees are left out of the output. With ``once``, everything that arrives belongs to the
    first call, such as the keys of an encoder's tokens: later calls, whose ``past`` is above 0, return what the first
    call kept and need not compute x. The cache is a state: each sample has its own, it persists between calls, and it
    is neither a parameter nor a buffer.
    """

    word = "cache"
    no_macs = "keeps values and computes nothing"

    past: Natural = 0
    sliding_window: OptionalPositive = None
    once: Boolean = False

    def check(self) -> None:
        if self.once and self.sliding_window is not None:
            raise OpError(f"once=true keeps all tokens, but sliding_window={self.sliding_window} keeps only the latest")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, features), got {axes_text(x.rank)} ({x})")
        channel_size(x, -1, "(…, tokens, features)")
        return Shape((*x.sizes[:-2], self.seen_before + x.sizes[-2], x.sizes[-1]), -1)

    def state(self, inputs: Shapes) -> State:
        sizes = inputs[0].sizes
        tokens = sizes[-2] if self.once else self.past + sizes[-2]
        kept = tokens if self.sliding_window is None else minimum(tokens, self.sliding_window)
        read, new = (tokens, 0) if self.has_kept else (self.seen_before, sizes[-2])
        return State(kept, (*sizes[:-2], sizes[-1]), read, new, grows=not self.once)

    @property
    def has_kept(self) -> bool:
        return self.once and self.past > 0

    @property
    def seen_before(self) -> int:
        """The number of past tokens that the first token of the call sees. That token is part of its own window."""
        if self.once:
            return 0
        return self.past if self.sliding_window is None else minimum(self.past, self.sliding_window - 1)
