"""A learnable token in front of all others, from which the Vision Transformer classifies."""

from calc.errors import OpError
from calc.ops.base import HeldRole, Op, Tensors
from calc.shape import Shape, Shapes, axes_text, channel_size


class ClassToken(Op):
    """Puts a learnable token before the tokens of (…, tokens, channels).

    Its parameter, (1, 1, channels), has the layer's own name.
    """

    word = "class_token"
    no_macs = "copies only"

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < 2:
            raise OpError(f"needs (…, tokens, channels), got {axes_text(x.rank)} ({x})")
        channel_size(x, -1, "(…, tokens, channels)")
        return Shape((*x.sizes[:-2], x.sizes[-2] + 1, x.sizes[-1]), -1)

    def parameters(self, inputs: Shapes) -> Tensors:
        return {"": (1, 1, inputs[0].sizes[-1])}

    def role_of(self, name: str) -> HeldRole:
        return "embedding"
