"""The selective scan of Mamba: Gu and Dao 2023, arXiv:2312.00752, Section 3.2 and Algorithm 2."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Elementwise, HeldRole, Input, Op, Product, Tensors
from calc.ops.base.fields import Boolean
from calc.shape import Shape, Shapes, axes_text, channel_size


class SelectiveScan(Op):
    """Updates a state of (channels, state) at each token; B and C, (…, tokens, state), say what enters and leaves it.

    h = exp(delta A) h + delta B x and y = C h, where A is −exp(A_log). With ``skip``, the channels times D are added to
    y. x and delta are (…, tokens, channels). Only y = C h sums products, so it has channels · state MACs per token. An
    element of the kind ``selective_scan`` is one element of the state at one token: an exp, three multiplications and
    one addition.
    """

    word = "selective_scan"
    formula = "tokens · channels · state"
    roles = ("x", "delta", "B", "C")

    skip: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        x, delta, b, c = inputs
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, channels), got {axes_text(x.rank)} ({x})")
        channel_size(x, -1, "(…, tokens, channels)")
        if delta.sizes != x.sizes:
            raise OpError(f"delta is {delta}, but x is {x}: they must have the same shape")
        for name, shape in (("B", b), ("C", c)):
            if shape.rank != x.rank or shape.sizes[:-1] != x.sizes[:-1]:
                raise OpError(f"{name} is {shape}, but must be (…, tokens, state) with the tokens of x {x}")
        if b.sizes != c.sizes:
            raise OpError(f"B has a state of {b.sizes[-1]}, but C has one of {c.sizes[-1]}")
        return Shape(x.sizes, -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        channels, state = inputs[0].sizes[-1], inputs[2].sizes[-1]
        return {"A_log": (channels, state)} | ({"D": (channels,)} if self.skip else {})

    def role_of(self, name: str) -> HeldRole:
        return "norm"  # both scale element by element

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        state = inputs[2].sizes[-1]
        macs = output.elements * state
        return (Product(None, macs, macs, state, operands=(Input(3),)),)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        counts = {"selective_scan": prod(output.sizes) * inputs[2].sizes[-1]}
        return counts | ({"multiply": output.elements, "add": output.elements} if self.skip else {})
