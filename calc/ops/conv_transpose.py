"""Transposed convolutions. Formulas: torch.nn.ConvTranspose2d's documentation."""

from math import gcd, prod
from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import Product
from calc.ops.base.fields import NaturalPerAxis
from calc.ops.base.kernel import KernelOp
from calc.ops.base.spatial import AXES, each_rank
from calc.ops.base.windows import taps_inside, window_span
from calc.shape import Shape, Shapes


class ConvTranspose(KernelOp):
    """A transposed convolution: every input position adds a scaled kernel to the output.

    ``padding`` crops the output on both sides, and ``output_padding`` makes it that much longer at the end. MACs are
    counted at the input. Products that are cropped away are therefore counted as MACs, but not as effective MACs.
    """

    layout = "maps"
    formula: ClassVar[str] = "in_channels · out_channels/groups · kernel elements · input positions"

    padding: NaturalPerAxis = 0
    output_padding: NaturalPerAxis = 0

    def check(self) -> None:
        super().check()
        for extra, stride, dilation in zip(
            self.per_axis("output_padding", self.rank),
            self.per_axis("stride", self.rank),
            self.per_axis("dilation", self.rank),
            strict=True,
        ):
            if extra >= max(stride, dilation):
                raise OpError(
                    f"output_padding={extra} must be smaller than the stride or the dilation, "
                    f"got stride {stride} and dilation {dilation}"
                )

    def output_shape(self, inputs: Shapes) -> Shape:
        x = inputs[0]
        self.checked_channels(inputs)
        spatial = tuple(
            self._stretched(size, axis, name)
            for axis, (size, name) in enumerate(zip(x.sizes[-self.rank :], AXES[self.rank], strict=True))
        )
        return Shape((*x.sizes[: -self.rank - 1], self.out_channels, *spatial), -self.rank - 1)

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        x = inputs[0]
        kernels = self.per_axis("kernel_size", self.rank)
        dense = x.elements * (self.out_channels // self.groups) * prod(kernels)
        effective = prod(x.sizes[: -self.rank]) * (self.out_channels // self.groups)
        fan_in = x.sizes[-self.rank - 1] // self.groups
        for size, outputs, kernel, stride, padding, dilation in zip(
            x.sizes[-self.rank :],
            output.sizes[-self.rank :],
            kernels,
            self.per_axis("stride", self.rank),
            self.per_axis("padding", self.rank),
            self.per_axis("dilation", self.rank),
            strict=True,
        ):
            effective *= taps_inside(size, kernel, stride, padding, dilation, outputs)
            # taps of one output are this far apart; fan_in is the longest sum over all outputs
            apart = stride // gcd(stride, dilation)
            fan_in *= -(-kernel // apart)
        return (self.product(inputs, dense, effective, fan_in),)

    def kind(self, inputs: Shapes) -> str:
        return "transposed"

    def weight_shape(self, in_channels: int) -> tuple[int, ...]:
        """Return (in_channels, out_channels / groups, *kernel_size)."""
        return (in_channels, self.out_channels // self.groups, *self.per_axis("kernel_size", self.rank))

    def _stretched(self, size: int, axis: int, name: str) -> int:
        kernel, stride, padding, dilation, extra = (
            self.per_axis(field, self.rank)[axis]
            for field in ("kernel_size", "stride", "padding", "dilation", "output_padding")
        )
        full = (size - 1) * stride + window_span(kernel, dilation) + extra
        if full <= 2 * padding:
            raise OpError(f"padding={padding} on both sides crops away the whole {name} of {full}")
        return int(full - 2 * padding)


ConvTranspose1d, ConvTranspose2d, ConvTranspose3d = each_rank(
    ConvTranspose, "conv_transpose", "A transposed convolution over {axes}."
)
