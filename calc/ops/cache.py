"""What attention keeps of earlier tokens, so that a call computes the new ones only."""

from calc.errors import OpError
from calc.ops.base import Op, State
from calc.ops.base.fields import Boolean, Natural, OptionalPositive
from calc.recorded import minimum
from calc.shape import Shape, Shapes, channel_size


class Cache(Op):
    """The keys, or the values, of ``past`` tokens that earlier calls left, followed by those that arrive.

    x is (…, tokens, features). With ``sliding_window`` the latest so many tokens are kept, and those that no token of
    this call sees are not passed on. With ``once`` all that arrives is of the first call, such as keys of an encoder's
    tokens: later calls, whose ``past`` is above 0, pass on what that one kept, and x need not be run in them. What is
    kept is a state: each sample has its own, it lives from call to call, and it is neither a parameter nor a buffer.
    """

    word = "cache"
    no_macs = "keeps values, computes nothing"

    past: Natural = 0
    sliding_window: OptionalPositive = None
    once: Boolean = False

    def check(self) -> None:
        if self.once and self.sliding_window is not None:
            raise OpError(f"once=true keeps all that arrives, sliding_window={self.sliding_window} the latest of it")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, features), got {x.rank} axes ({x})")
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
        """Of the past tokens, those that the first token of the call sees: it is itself one of its window."""
        if self.once:
            return 0
        return self.past if self.sliding_window is None else minimum(self.past, self.sliding_window - 1)
