"""What attention keeps of earlier tokens, so that a call computes the new ones only."""

from calc.errors import OpError
from calc.ops.base import Op, State
from calc.ops.base.fields import Natural, OptionalPositive
from calc.recorded import minimum
from calc.shape import Shape, Shapes, channel_size


class Cache(Op):
    """The keys, or the values, of ``past`` tokens that earlier calls left, followed by those that arrive.

    x is (…, tokens, features). With ``sliding_window`` the latest so many tokens are kept, and those that no token of
    this call sees are not passed on. What is kept is a state: each sample has its own, it lives from call to call, and
    it is neither a parameter nor a buffer.
    """

    word = "cache"
    no_macs = "keeps values, computes nothing"

    past: Natural = 0
    sliding_window: OptionalPositive = None

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, features), got {x.rank} axes ({x})")
        channel_size(x, -1, "(…, tokens, features)")
        return Shape((*x.sizes[:-2], self.seen_before + x.sizes[-2], x.sizes[-1]), -1)

    def state(self, inputs: Shapes) -> State:
        sizes = inputs[0].sizes
        tokens = self.past + sizes[-2]
        kept = tokens if self.sliding_window is None else minimum(tokens, self.sliding_window)
        return State(kept, (*sizes[:-2], sizes[-1]), self.seen_before, sizes[-2])

    @property
    def seen_before(self) -> int:
        """Of the past tokens, those that the first token of the call sees: it is itself one of its window."""
        return self.past if self.sliding_window is None else minimum(self.past, self.sliding_window - 1)
