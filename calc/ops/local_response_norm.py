"""Local response normalisation, torch.nn.LocalResponseNorm (AlexNet's, section 3.3)."""

from calc.ops.base.fields import Number, Positive
from calc.ops.base.normalisation import Norm, first_axis_channels
from calc.shape import Shape, Shapes


class LocalResponseNorm(Norm):
    """x / (k + alpha · mean of the squares of ``size`` neighbouring channels) ^ beta."""

    layout = "elementwise"
    word = "local_response_norm"
    no_macs = "a mean of squares over neighbouring channels, without weights"

    size: Positive
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        first_axis_channels(x, spatial_axes=1)
        return Shape(x.sizes, -x.rank)
