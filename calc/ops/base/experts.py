"""The ops around experts: one sends tokens to the experts, and one combines their results.

Shazeer et al. 2017, arXiv:1701.06538. As in Mixtral, arXiv:2401.04088, the scores of the chosen experts go through a
softmax. A spec cannot name these ops; the structure ``experts`` creates both.
"""

from math import prod
from typing import ClassVar, Literal

from calc.errors import OpError
from calc.ops.base import Elementwise, Op
from calc.ops.base.fields import Positive
from calc.shape import Shape, Shapes, channel_size

MOST_EXPERTS = 10_000


class Routing(Op):
    """``count`` experts, of which each token runs the ``active`` ones with the highest scores."""

    count: Positive
    active: Positive

    def check(self) -> None:
        if self.count > MOST_EXPERTS:
            raise OpError(f"count={self.count} is more than the {MOST_EXPERTS} experts that are allowed")
        if self.active > self.count:
            raise OpError(f"active={self.active} is more than count={self.count}")


class Dispatch(Routing):
    """Copies each token of x, (…, features), to the experts that its scores, (…, experts), choose.

    The output is what one expert sees: a single token, (features).
    """

    word = "dispatch"
    no_macs = "compares scores and copies tokens"
    roles = ("x", "scores")

    def output_shape(self, inputs: Shapes) -> Shape:
        x, scores = inputs
        features = channel_size(x, -1, "(…, features)")
        if channel_size(scores, -1, "(…, experts)") != self.count:
            raise OpError(f"the scores {scores} are of {scores.sizes[-1]} experts, but count={self.count}")
        if scores.sizes[:-1] != x.sizes[:-1]:
            raise OpError(f"the scores {scores} are of {_tokens(scores)} tokens, but x {x} has {_tokens(x)}")
        return Shape((features,), -1)


class Experts(Routing):
    """Adds up the results of each token's experts, each multiplied by its score.

    ``normalize`` says what is done to the scores of the chosen experts: a softmax, a division by their sum, or nothing.
    """

    word = "experts"
    no_macs = "scales and adds the results of the experts element by element"
    category: ClassVar[str] = "add"
    roles = ("y", "scores")

    normalize: Literal["softmax", "sum", "none"] = "softmax"

    def output_shape(self, inputs: Shapes) -> Shape:
        y, scores = inputs
        return Shape((*scores.sizes[:-1], *y.sizes), -1)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        chosen = _tokens(inputs[1]) * self.active
        counts = {"multiply": self.active * output.elements, "add": (self.active - 1) * output.elements}
        if self.normalize != "none":
            counts["softmax" if self.normalize == "softmax" else "divide"] = chosen
        return {kind: count for kind, count in counts.items() if count}


def _tokens(x: Shape) -> int:
    return prod(x.sizes[:-1])
