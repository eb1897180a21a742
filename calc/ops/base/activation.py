"""What the activations share: the shape stays, every element costs one evaluation."""

from typing import ClassVar

from calc.ops.base import Op
from calc.shape import Shape, Shapes


class Activation(Op):
    """A function of each element."""

    category: ClassVar[str] = "activation"

    def output_shape(self, inputs: Shapes) -> Shape:
        return inputs[0]
