"""What conv1d, conv2d and conv3d share. Formulas: torch.nn.Conv2d's documentation."""

from math import prod
from typing import ClassVar, Literal

from calc.errors import OpError
from calc.ops.base import Op, Product, Tensors
from calc.ops.base.fields import Boolean, PaddingOrWord, Positive, PositivePerAxis
from calc.ops.base.windows import Pair, same_padding, taps_on_data, window_count
from calc.shape import Shape, Shapes, channel_size

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def layout(rank: int) -> str:
    """The channels-first layout in words, for messages."""
    return f"(channels, {', '.join(AXES[rank])})"


class KernelOp(Op):
    """A kernel with weights over ``rank`` spatial axes; leading axes are folded into the batch.

    A weight that arrives as an input is no parameter of the op; its shape must be the one the fields
    ask for.
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
        """The shape of the weight, as PyTorch stores it."""
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
        """The multiplications of the op's own weight, or of ``x`` and the weight that arrives."""
        if len(inputs) < 2:
            return Product("weight", macs, effective_macs, fan_in)
        return Product(None, macs, effective_macs, fan_in, operands=(0, 1))

    def checked_channels(self, inputs: Shapes) -> int:
        """in_channels. Raises OpError where the groups, or a weight or bias that arrives, do not fit them."""
        in_channels = channel_size(inputs[0], -self.rank - 1, layout(self.rank))
        if in_channels % self.groups:
            raise OpError(f"groups={self.groups} does not divide in_channels={in_channels}")
        if len(inputs) > 1 and inputs[1].sizes != self.weight_shape(in_channels):
            raise OpError(
                f"the weight that arrives is {inputs[1]}, the fields ask for {Shape(self.weight_shape(in_channels))}"
            )
        if len(inputs) > 2 and inputs[2].sizes != (self.out_channels,):
            raise OpError(f"the bias that arrives is {inputs[2]}, out_channels={self.out_channels}")
        return in_channels


class Convolution(KernelOp):
    """A convolution: every output position sums the products of one window."""

    formula: ClassVar[str] = "out_channels · in_channels/groups · kernel elements · output positions"

    padding: PaddingOrWord = 0
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    def check(self) -> None:
        super().check()
        if self.padding == "same" and any(stride != 1 for stride in self.per_axis("stride", self.rank)):
            raise OpError(f"padding=same needs stride=1, got stride={self.stride}", "write the padding in numbers")

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        self.checked_channels(inputs)
        self._check_padding_mode(x)
        spatial = tuple(
            window_count(size, kernel, stride, padding, dilation, name)
            for size, kernel, stride, padding, dilation, name in zip(
                x.sizes[-self.rank :],
                self.per_axis("kernel_size", self.rank),
                self.per_axis("stride", self.rank),
                self.paddings(),
                self.per_axis("dilation", self.rank),
                AXES[self.rank],
                strict=True,
            )
        )
        return Shape((*x.sizes[: -self.rank - 1], self.out_channels, *spatial), -self.rank - 1)

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        x = inputs[0]
        leading = prod(x.sizes[: -self.rank - 1])
        channel_pairs = self.out_channels * (x.sizes[-self.rank - 1] // self.groups)
        kernel = self.per_axis("kernel_size", self.rank)
        dense = leading * channel_pairs * prod(kernel) * prod(output.sizes[-self.rank :])
        effective = dense
        if self.padding_mode == "zeros":
            effective = leading * channel_pairs
            for size, outputs, taps, stride, (before, _), dilation in zip(
                x.sizes[-self.rank :],
                output.sizes[-self.rank :],
                kernel,
                self.per_axis("stride", self.rank),
                self.paddings(),
                self.per_axis("dilation", self.rank),
                strict=True,
            ):
                effective *= taps_on_data(size, outputs, taps, stride, before, dilation)
        fan_in = x.sizes[-self.rank - 1] // self.groups * prod(kernel)
        return (self.product(inputs, dense, effective, fan_in),)

    def kind(self, inputs: Shapes) -> str:
        in_channels = inputs[0].sizes[-self.rank - 1]
        if self.groups > 1:
            return "depthwise" if self.groups == in_channels else "grouped"
        return "pointwise" if all(size == 1 for size in self.per_axis("kernel_size", self.rank)) else "standard"

    def weight_shape(self, in_channels: int) -> tuple[int, ...]:
        """(out_channels, in_channels / groups, *kernel_size)."""
        return (self.out_channels, in_channels // self.groups, *self.per_axis("kernel_size", self.rank))

    def paddings(self) -> tuple[Pair, ...]:
        """(before, after) per spatial axis."""
        if self.padding == "valid":
            return ((0, 0),) * self.rank
        if self.padding == "same":
            kernel, dilation = self.per_axis("kernel_size", self.rank), self.per_axis("dilation", self.rank)
            return tuple(same_padding(k, d) for k, d in zip(kernel, dilation, strict=True))
        return tuple(p if isinstance(p, tuple) else (p, p) for p in self.per_axis("padding", self.rank))

    def _check_padding_mode(self, x: Shape) -> None:
        # PyTorch reflects without repeating the edge, and wraps round at most once
        missing = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        if missing is None:
            return
        for size, padding, name in zip(x.sizes[-self.rank :], self.paddings(), AXES[self.rank], strict=True):
            if max(padding) > size - missing:
                raise OpError(
                    f"padding_mode={self.padding_mode} can pad a {name} of {size} by at most {size - missing}, "
                    f"got {max(padding)}"
                )
