"""The common part of convolutions and transposed convolutions: a kernel of weights, which may be an input."""

from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import Input, Op, Parameter, Product, Tensors
from calc.ops.base.fields import Boolean, Positive, PositivePerAxis
from calc.ops.base.spatial import layout
from calc.shape import Shape, Shapes, channel_size


class KernelOp(Op):
    """A kernel with weights over ``rank`` spatial axes; leading axes are folded into the batch.

    A weight that is an input is not a parameter of the op. Its shape must be the one that follows from the fields.
    """

    rank: ClassVar[int]
    roles: ClassVar[tuple[str, ...]] = ("x", "weight?", "bias?")

    out_channels: Positive
    kernel_size: PositivePerAxis
    stride: PositivePerAxis = 1
    dilation: PositivePerAxis = 1
    groups: Positive = 1
    bias: Boolean = True

    def check(self) -> None:
        for field in ("kernel_size", "stride", "padding", "dilation"):
            self.per_axis(field, self.rank)
        if self.out_channels % self.groups:
            raise OpError(f"groups={self.groups} does not divide out_channels={self.out_channels}")

    def weight_shape(self, in_channels: int) -> tuple[int, ...]:
        """Return the shape of the weight, as PyTorch stores it."""
        raise NotImplementedError

    def parameters(self, inputs: Shapes) -> Tensors:
        tensors: Tensors = {}
        if len(inputs) < 2:
            tensors["weight"] = self.weight_shape(inputs[0].sizes[-self.rank - 1])
        if self.bias and len(inputs) < 3:
            tensors["bias"] = (self.out_channels,)
        return tensors

    def elementwise(self, inputs: Shapes, output: Shape) -> dict[str, int]:
        return {"bias": output.elements} if self.bias or len(inputs) > 2 else {}

    def product(self, inputs: Shapes, macs: int, effective_macs: int, fan_in: int) -> Product:
        """Return the multiplications of the op's own weight, or of ``x`` and a weight that is an input."""
        if len(inputs) < 2:
            return Product(Parameter("weight"), macs, effective_macs, fan_in)
        return Product(None, macs, effective_macs, fan_in, operands=(Input(0), Input(1)))

    def checked_channels(self, inputs: Shapes) -> int:
        """Return the number of input channels. Raises OpError if the groups, weight or bias do not fit."""
        in_channels = channel_size(inputs[0], -self.rank - 1, layout(self.rank))
        if in_channels % self.groups:
            raise OpError(f"groups={self.groups} does not divide in_channels={in_channels}")
        if len(inputs) > 1 and inputs[1].sizes != self.weight_shape(in_channels):
            raise OpError(
                f"the weight that arrives is {inputs[1]}, but must be {Shape(self.weight_shape(in_channels))}"
            )
        if len(inputs) > 2 and inputs[2].sizes != (self.out_channels,):
            raise OpError(f"the bias that arrives is {inputs[2]}, but out_channels={self.out_channels}")
        return in_channels
