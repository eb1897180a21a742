"""Elementwise sum of any number of tensors, broadcast as PyTorch does."""

from calc.ops.base import Op
from calc.shape import Shape, Shapes, broadcast


class Add(Op):
    """x₁ + x₂ + …"""

    word = "add"
    no_macs = "adds only"
    category = "add"
    roles = ("xs*",)

    def output_shape(self, inputs: Shapes) -> Shape:
        return broadcast(inputs)
