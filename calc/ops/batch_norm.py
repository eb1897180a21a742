"""Batch normalisation over the channel axis, torch.nn.BatchNorm1d/2d/3d."""

from calc.errors import OpError
from calc.ops.base import Op, Tensors
from calc.ops.base.fields import Boolean, Number
from calc.shape import Shape, Shapes


class BatchNorm(Op):
    """(x − mean) / √(var + eps) · weight + bias, with the running statistics in eval mode.

    The axis is the channel axis wherever it stands; where it is unknown, PyTorch's own: the first.
    """

    word = "batch_norm"
    no_macs = "one scale and shift an element, folded into the convolution before it when deployed"
    category = "norm"

    eps: Number = 1e-5
    momentum: Number = 0.1
    affine: Boolean = True
    track_running_stats: Boolean = True

    def output_shape(self, inputs: Shapes) -> Shape:
        if not inputs[0].sizes:
            raise OpError("needs a channel axis, got a scalar")
        return inputs[0]

    def parameters(self, inputs: Shapes) -> Tensors:
        channels = self._channels(inputs)
        return {"weight": (channels,), "bias": (channels,)} if self.affine else {}

    def buffers(self, inputs: Shapes) -> Tensors:
        if not self.track_running_stats:
            return {}
        channels = self._channels(inputs)
        return {"running_mean": (channels,), "running_var": (channels,), "num_batches_tracked": ()}

    def _channels(self, inputs: Shapes) -> int:
        return inputs[0].sizes[0] if inputs[0].channels is None else inputs[0].channels
