"""The selective scan of Mamba: Gu and Dao 2023, arXiv:2312.00752, Section 3.2 and Algorithm 2."""

from math import prod

from calc.errors import OpError
from calc.ops.base import Elementwise, HeldRole, Input, Op, Product, Tensors
from calc.ops.base.fields import Boolean
from calc.shape import Shape, Shapes, channel_size


class SelectiveScan(Op):
    """A state of (channels, state) goes through the tokens; B and C, (…, tokens, state), say what enters and leaves it.

    h = exp(delta A) h + delta B x and y = C h, A being −exp(A_log); with ``skip`` the channels times D are added to y.
    x and delta are (…, tokens, channels). Only y = C h sums products: channels · state MACs a token. An element of
    ``selective_scan`` is one of the state at one token: an exp, three multiplications and an addition.
    """

    word = "selective_scan"
    formula = "tokens · channels · state"
    roles = ("x", "delta", "B", "C")

    skip: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        x, delta, b, c = inputs
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, channels), got {x.rank} axes ({x})")
        channel_size(x, -1, "(…, tokens, channels)")
        if delta.sizes != x.sizes:
            raise OpError(f"delta is {delta}, x is {x}: each channel has a step at each token")
        for name, shape in (("B", b), ("C", c)):
            if shape.rank != x.rank or shape.sizes[:-1] != x.sizes[:-1]:
                raise OpError(f"{name} is {shape}, for {x} it must be (…, tokens, state) with the same tokens")
        if b.sizes != c.sizes:
            raise OpError(f"B has a state of {b.sizes[-1]}, C of {c.sizes[-1]}")
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
