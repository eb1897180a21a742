"""A tensor that belongs to the network itself: a learnable parameter or a buffer."""

from typing import Literal

from calc.errors import OpError
from calc.ops.base import HeldRole, Op, Tensors, is_called_bias
from calc.ops.base.axes import declared_axis
from calc.ops.base.fields import Boolean, Channels, SizesOrNone
from calc.shape import Shape, Shapes


class Tensor(Op):
    """A parameter of ``shape``, or a buffer, with the layer's own name in the state dict; ``[]`` is a single number.

    It reads no input and has no batch axis, so the layers that read it broadcast it over the batch. A buffer that is
    not ``persistent`` is not in the state dict. A buffer with ``dtype: int64`` holds indices for an ``embedding``.
    """

    word = "tensor"
    no_macs = "holds values and computes nothing"
    roles = ()

    shape: SizesOrNone
    buffer: Boolean = False
    channels: Channels = None
    persistent: Boolean = True
    dtype: Literal["float32", "int64"] = "float32"

    def check(self) -> None:
        if self.buffer:
            return
        if not self.persistent:
            raise OpError("persistent=false leaves a buffer out of the state dict, but a parameter is always in it")
        if self.dtype != "float32":
            raise OpError(f"dtype={self.dtype} is for a buffer, but a parameter is float32", "add buffer: true")

    def output_shape(self, inputs: Shapes) -> Shape:
        shape = Shape(self.shape)
        return shape if self.channels is None else shape._replace(channel_axis=declared_axis(self.channels, shape))

    def parameters(self, inputs: Shapes) -> Tensors:
        return {} if self.buffer else {"": self.shape}

    def buffers(self, inputs: Shapes) -> Tensors:
        return {"": self.shape} if self.buffer and self.persistent else {}

    @property
    def output_dtype(self) -> Literal["float32", "int64"]:
        return self.dtype

    def role_of(self, name: str) -> HeldRole:
        """Return bias if the name says so and the tensor has one axis, otherwise embedding."""
        return "bias" if len(self.shape) == 1 and is_called_bias(name) else "embedding"
