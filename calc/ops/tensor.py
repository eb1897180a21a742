"""A tensor of the network's own: a learnable parameter or a buffer."""

from calc.ops.base import HeldRole, Op, Tensors
from calc.ops.base.axes import declared_axis
from calc.ops.base.fields import Boolean, Channels, Sizes
from calc.shape import Shape, Shapes


class Tensor(Op):
    """A parameter of ``shape``, or a buffer, named as the layer itself in the state dict.

    It reads no input and has no batch axis: consumers broadcast it over the batch.
    """

    word = "tensor"
    no_macs = "holds values, computes nothing"
    roles = ()

    shape: Sizes
    buffer: Boolean = False
    channels: Channels = None

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = Shape(self.shape)
        return shape if self.channels is None else shape._replace(channel_axis=declared_axis(self.channels, shape))

    def parameters(self, inputs: Shapes) -> Tensors:
        return {} if self.buffer else {"": self.shape}

    def buffers(self, inputs: Shapes) -> Tensors:
        return {"": self.shape} if self.buffer else {}

    def role_of(self, name: str) -> HeldRole:
        return "embedding"
