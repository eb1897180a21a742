"""A learnable tensor that is added to the input, with one value per position and channel."""

from calc.ops.base import HeldRole, Op, Tensors
from calc.shape import Shape, Shapes


class PositionEmbedding(Op):
    """x + embedding. The parameter, (1, *sizes of x), has the layer's own name, and its size follows from the input."""

    word = "position_embedding"
    no_macs = "adds only"
    category = "add"

    def output_shape(self, inputs: Shapes) -> Shape:
        return inputs[0]

    def parameters(self, inputs: Shapes) -> Tensors:
        return {"": (1, *inputs[0].sizes)}

    def role_of(self, name: str) -> HeldRole:
        return "embedding"
