"""Axes read backwards, torch.flip."""

from calc.ops.base import Op
from calc.ops.base.axes import dims_from_end
from calc.ops.base.fields import IntegerOrIntegers
from calc.shape import Shape, Shapes


class Flip(Op):
    """x in reverse order along each ``dim``."""

    word = "flip"
    takes = "any"
    no_macs = "copies only"
    layout = "elementwise"

    dim: IntegerOrIntegers

    def output_shape(self, inputs: Shapes) -> Shape:
        dims_from_end(self.dim, inputs[0])
        return inputs[0]
