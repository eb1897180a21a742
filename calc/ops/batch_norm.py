"""Batch normalisation over the channel axis, torch.nn.BatchNorm1d/2d/3d."""

from calc.errors import OpError
from calc.ops.base import Tensors
from calc.ops.base.fields import Boolean, Number, OptionalNumber
from calc.ops.base.normalisation import Norm, affine_parameters, running_statistics
from calc.shape import Shape, Shapes


class BatchNorm(Norm):
    """(x − mean) / √(var + eps) · weight + bias, with the running statistics in eval mode.

    The axis is the channel axis wherever it stands; where it is unknown, PyTorch's own: the first.
    """

    word = "batch_norm"
    no_macs = "one scale and shift an element, folded into the convolution before it when deployed"

    eps: Number = 1e-5
    momentum: OptionalNumber = 0.1
    affine: Boolean = True
    track_running_stats: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if not x.sizes:
            raise OpError("needs a channel axis, got a scalar")
        return Shape(x.sizes, -x.rank if x.channel_axis is None else x.channel_axis)

    def refuses_one_sample(self, inputs: Shapes) -> str:
        single = not self.track_running_stats and inputs[0].elements == self._channels(inputs)
        return f"track_running_stats=false needs more than 1 value a channel, got {inputs[0]}" if single else ""

    def parameters(self, inputs: Shapes) -> Tensors:
        return affine_parameters(self.affine, (self._channels(inputs),))

    def buffers(self, inputs: Shapes) -> Tensors:
        return running_statistics(self.track_running_stats, self._channels(inputs))

    def _channels(self, inputs: Shapes) -> int:
        return inputs[0].sizes[0] if inputs[0].channels is None else inputs[0].channels
