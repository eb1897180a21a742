"""Instance normalisation, torch.nn.InstanceNorm1d/2d/3d."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.fields import Boolean, Number, OptionalNumber
from calc.ops.base.normalisation import Norm, affine_parameters, first_axis_channels, running_statistics
from calc.shape import Shape, Shapes


class InstanceNorm(Norm):
    """(x − mean) / √(var + eps) · weight + bias, with the statistics of each channel of each sample."""

    word = "instance_norm"

    eps: Number = 1e-5
    momentum: OptionalNumber = 0.1
    affine: Boolean = False
    track_running_stats: Boolean = False

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        channels = first_axis_channels(x, spatial_axes=1)
        if x.rank > 4:
            raise OpError(f"takes 1 to 3 axes after the channels, got {x.rank - 1} ({x})")
        if not self.track_running_stats and x.elements == channels:
            raise OpError(f"needs more than 1 value per channel, got {x}")
        return Shape(x.sizes, -x.rank)

    def parameters(self, inputs: Shapes) -> Tensors:
        return affine_parameters(self.affine, (inputs[0].sizes[0],))

    def buffers(self, inputs: Shapes) -> Tensors:
        return running_statistics(self.track_running_stats, inputs[0].sizes[0])
