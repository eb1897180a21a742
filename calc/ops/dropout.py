"""Dropout, torch.nn.Dropout; in eval mode it returns its input."""

from calc.errors import OpError
from calc.ops.base import Op
from calc.ops.base.fields import Number
from calc.shape import Shape, Shapes


class Dropout(Op):
    """Zeroes elements with probability ``p`` in training; does nothing in eval mode."""

    word = "dropout"
    no_macs = "returns its input in eval mode"
    is_view = True

    p: Number = 0.5

    def check(self) -> None:
        if not 0 <= self.p <= 1:
            raise OpError(f"p={self.p} must be a probability, from 0 to 1")

    def output_shape(self, inputs: Shapes) -> Shape:
        return inputs[0]
