"""Batch normalisation over the channel axis: torch.nn.BatchNorm1d/2d/3d, and torchvision.ops.FrozenBatchNorm2d."""

from calc.errors import OpError
from calc.ops.base import InPlace, Tensors
from calc.ops.base.fields import Boolean, Number, OptionalNumber
from calc.ops.base.normalisation import Norm, affine_parameters, running_statistics
from calc.shape import Shape, Shapes
from calc.strides import Strides, channels_last, contiguous, is_channels_last, moved


class OverChannels(Norm):
    """A norm whose statistics are stored.

    It norms the channel axis, wherever that axis is. If the channel axis is unknown, it norms the first axis after the
    batch, as PyTorch does.
    """

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        if not x.sizes:
            raise OpError("needs a channel axis, got a scalar")
        return Shape(x.sizes, -x.rank if x.channel_axis is None else x.channel_axis)

    def _channels(self, inputs: Shapes) -> int:
        return inputs[0].sizes[0] if inputs[0].channels is None else inputs[0].channels


class BatchNorm(OverChannels):
    """(x − mean) / √(var + eps) · weight + bias, with the running statistics in eval mode.

    It norms the channel axis, wherever that axis is. If the channel axis is unknown, it norms the first axis after the
    batch, as PyTorch does.
    """

    word = "batch_norm"
    layout = "own"
    no_macs = "one scale and one shift per element, folded into the convolution before it when deployed"

    eps: Number = 1e-5
    momentum: OptionalNumber = 0.1
    affine: Boolean = True
    track_running_stats: Boolean = True

    def in_place(self, inputs: Shapes) -> InPlace:
        return (
            "elements" if self.track_running_stats else "no"
        )  # without running statistics it reads all elements first

    def own_strides(self, x: Shape, strides: Strides) -> Strides:
        if x.channel_axis in (None, -x.rank):
            return channels_last(x.sizes) if is_channels_last(x.sizes, strides) else contiguous(x.sizes)
        return moved(x.sizes, x.rank + x.channel_axis, 0)

    def refuses_one_sample(self, inputs: Shapes) -> str:
        single = not self.track_running_stats and inputs[0].elements == self._channels(inputs)
        return f"track_running_stats=false needs more than 1 value per channel, got {inputs[0]}" if single else ""

    def parameters(self, inputs: Shapes) -> Tensors:
        return affine_parameters(self.affine, (self._channels(inputs),))

    def buffers(self, inputs: Shapes) -> Tensors:
        return running_statistics(self.track_running_stats, self._channels(inputs))


class FrozenBatchNorm(OverChannels):
    """A batch norm that is not trained: its weight, bias and statistics are buffers, so it has no parameters.

    It norms the same axis as batch_norm. The backbones of published detectors use it.
    """

    word = "frozen_batch_norm"
    layout = "elementwise"
    no_macs = "one scale and one shift per element, folded into the convolution before it when deployed"

    eps: Number = 1e-5

    def in_place(self, inputs: Shapes) -> InPlace:
        return "elements"

    def buffers(self, inputs: Shapes) -> Tensors:
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (self._channels(inputs),))
