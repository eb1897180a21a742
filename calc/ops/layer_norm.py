"""Layer normalisation, torch.nn.LayerNorm."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.fields import Boolean, Number, Positive
from calc.ops.base.normalisation import Norm, affine_parameters
from calc.shape import Shape, Shapes


class LayerNorm(Norm):
    """(x − mean) / √(var + eps) · weight + bias, the statistics being those of the normalized axes.

    One axis is the channel axis wherever it stands (the last where it is unknown); more are the
    trailing ones. PyTorch's normalized_shape is their sizes. ``bias`` has no meaning without ``affine``.
    """

    word = "layer_norm"

    normalized_axes: Positive = 1
    eps: Number = 1e-5
    affine: Boolean = True
    bias: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < self.normalized_axes:
            raise OpError(f"normalized_axes={self.normalized_axes}, but the input {x} has {x.rank} axes")
        if self.normalized_axes == 1 and x.channel_axis is None:
            return Shape(x.sizes, -1)
        return x

    def parameters(self, inputs: Shapes) -> Tensors:
        x = inputs[0]
        if self.normalized_axes == 1:
            return affine_parameters(self.affine, (x.sizes[-1] if x.channels is None else x.channels,), self.bias)
        return affine_parameters(self.affine, x.sizes[-self.normalized_axes :], self.bias)
