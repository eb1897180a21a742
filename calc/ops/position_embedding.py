"""A learnable tensor added to what arrives, one value a position and channel."""

from calc.ops.base import HeldRole, Op, Tensors
from calc.shape import Shape, Shapes


class PositionEmbedding(Op):
    """x + embedding; the embedding, (1, *sizes of x), bears the layer's own name and follows the input's size."""

    word = "position_embedding"
    no_macs = "adds only"
    category = "add"

    def output_shape(self, inputs: Shapes) -> Shape:
        return inputs[0]

    def parameters(self, inputs: Shapes) -> Tensors:
        return {"": (1, *inputs[0].sizes)}

    def role_of(self, name: str) -> HeldRole:
        return "embedding"
