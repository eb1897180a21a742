"""One learnable factor per channel, which ConvNeXt and CaiT put on their residual branches."""

from calc.errors import OpError
from calc.ops.base import HeldRole, InPlace, Op, Tensors
from calc.ops.base.fields import Integer
from calc.shape import Shape, Shapes, dim_from_end


class LayerScale(Op):
    """x · weight along the channel axis ``dim``; the weight has the layer's own name.

    For channels-first maps the weight is (channels, 1, 1), so that it broadcasts.
    """

    layout = "elementwise"
    word = "layer_scale"
    no_macs = "one multiplication per element, without a sum"
    category = "multiply"

    dim: Integer = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        if x.channel_axis not in (None, axis):
            raise OpError(
                f"dim={self.dim} is axis {axis} of the input {x}, but its channels are on axis {x.channel_axis}",
                hint="write dim: -1 if the channels come last",
            )
        return Shape(x.sizes, axis)

    def in_place(self, inputs: Shapes) -> InPlace:
        return "elements"

    def parameters(self, inputs: Shapes) -> Tensors:
        x = inputs[0]
        axis = dim_from_end(self.dim, x)
        return {"": (x.sizes[axis], *(1,) * (-axis - 1))}

    def role_of(self, name: str) -> HeldRole:
        return "norm"
