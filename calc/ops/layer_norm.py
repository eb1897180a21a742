"""Norms over the channels or trailing axes of each position: torch.nn.LayerNorm and RMSNorm."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.fields import Boolean, Number, OptionalNumber, Positive
from calc.ops.base.normalisation import Norm, affine_parameters
from calc.shape import Shape, Shapes
from calc.strides import Strides, contiguous, is_channels_last, moved


class AxesNorm(Norm):
    """A norm over ``normalized_axes`` axes.

    One axis means the channel axis, wherever it is: on a channels-first map each position is normed over its channels,
    as LayerNorm2d does. If the channel axis is unknown, the last axis is normed. A larger number means the trailing
    axes. The sizes that PyTorch calls normalized_shape follow from the input.
    """

    normalized_axes: Positive = 1

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if x.rank < self.normalized_axes:
            fact = f"normalized_axes={self.normalized_axes}, but the input {x} has {x.rank} axes"
            by_size = self.normalized_axes in x.sizes
            raise OpError(fact, f"{self.word}: 1 is over one axis; its size follows from the input" if by_size else "")
        if self.normalized_axes == 1 and x.channel_axis is None:
            return Shape(x.sizes, -1)
        return x

    def is_over_last(self, x: Shape) -> bool:
        """Return whether the normalised axes are the trailing axes of ``x``."""
        return self.normalized_axes > 1 or x.channel_axis in (None, -1)

    def normalized_sizes(self, x: Shape) -> tuple[int, ...]:
        """Return the sizes of the normalised axes of ``x``."""
        if self.normalized_axes == 1:
            return (x.sizes[-1] if x.channels is None else x.channels,)
        return x.sizes[-self.normalized_axes :]


class LayerNorm(AxesNorm):
    """(x − mean) / √(var + eps) · weight + bias, with the statistics of the channels or of the trailing axes.

    ``bias`` has no effect without ``affine``.
    """

    word = "layer_norm"
    layout = "own"

    eps: Number = 1e-5
    affine: Boolean = True
    bias: Boolean = True

    def parameters(self, inputs: Shapes) -> Tensors:
        return affine_parameters(self.affine, self.normalized_sizes(inputs[0]), self.bias)

    def own_strides(self, x: Shape, strides: Strides) -> Strides:
        return contiguous(x.sizes) if self.is_over_last(x) else moved(x.sizes, x.rank + (x.channel_axis or 0), -1)


class RmsNorm(AxesNorm):
    """x / √(mean of x² + eps) · weight, with the mean over the channels or over the trailing axes.

    ``eps`` is the machine epsilon of float32 if it is null. Zhang and Sennrich 2019, arXiv:1910.07467, equation 4.
    """

    word = "rms_norm"
    layout = "own"
    no_macs = "one statistic, then one scale per element"

    eps: OptionalNumber = None
    elementwise_affine: Boolean = True

    def parameters(self, inputs: Shapes) -> Tensors:
        return affine_parameters(self.elementwise_affine, self.normalized_sizes(inputs[0]), bias=False)

    def own_strides(self, x: Shape, strides: Strides) -> Strides:
        if self.is_over_last(x) and is_channels_last(x.sizes, strides):
            return strides
        return contiguous(x.sizes)
