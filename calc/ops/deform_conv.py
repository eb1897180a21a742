"""Deformable convolutions: Dai et al. 2017, arXiv:1703.06211; with a mask Zhu et al. 2018, arXiv:1811.11168.

Formulas: torchvision.ops.deform_conv2d's documentation.
"""

from math import prod
from typing import ClassVar

from calc.errors import OpError
from calc.ops.base import Elementwise, Product, Tensors
from calc.ops.base.fields import NaturalPerAxis
from calc.ops.base.kernel import KernelOp
from calc.ops.base.windows import window_count
from calc.shape import Shape, Shapes, axes_text, channel_size

RANK = 2


class DeformConv2d(KernelOp):
    """A convolution over 2 spatial axes whose taps are moved by the input ``offset``.

    ``offset`` is (2 · offset groups · taps, height, width) at the output's size: a (y, x) for each tap and output
    position. The layer that computes it is counted separately. ``mask`` has half as many channels and scales each tap.
    Each sample taken between positions, one per tap and channel, counts as an element. All MACs count as effective,
    because the offsets decide how many taps fall into the padding.
    """

    word = "deform_conv2d"
    rank = RANK
    formula: ClassVar[str] = "out_channels · in_channels/groups · kernel elements · output positions"
    roles: ClassVar[tuple[str, ...]] = ("x", "offset", "mask?")

    padding: NaturalPerAxis = 0

    def output_shape(self, inputs: Shapes) -> Shape:
        x, offset, *masks = inputs
        if x.rank != RANK + 1:
            raise OpError(f"needs (channels, height, width), got {axes_text(x.rank)} ({x})")
        in_channels = self.checked_channels((x,))
        sizes = self._positions(x)
        depth = 2 * self._taps
        channels = channel_size(offset, -RANK - 1, "(offsets, height, width)")
        if offset.sizes[1:] != sizes or channels % depth:
            raise OpError(f"offset must be {Shape(sizes)} with a multiple of {depth} channels, got {offset}")
        groups = channels // depth
        if in_channels % groups:
            raise OpError(
                f"offset has {channels} channels, so {groups} groups, which does not divide in_channels={in_channels}"
            )
        for mask in masks:
            if mask.sizes != (channels // 2, *sizes):
                raise OpError(f"mask must be {Shape((channels // 2, *sizes))}, got {mask}")
        return Shape((self.out_channels, *sizes), -RANK - 1)

    def weight_shape(self, in_channels: int) -> tuple[int, ...]:
        """Return (out_channels, in_channels / groups, *kernel_size)."""
        return (self.out_channels, in_channels // self.groups, *self.per_axis("kernel_size", RANK))

    def parameters(self, inputs: Shapes) -> Tensors:
        return super().parameters(inputs[:1])

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        fan_in = inputs[0].sizes[0] // self.groups * self._taps
        macs = output.elements * fan_in
        return (self.product(inputs[:1], macs, macs, fan_in),)

    def elementwise(self, inputs: Shapes, output: Shape) -> Elementwise:
        samples = inputs[0].sizes[0] * self._taps * prod(output.sizes[1:])
        counts = {self.word: samples} | super().elementwise(inputs[:1], output)
        return counts | ({"multiply": samples} if len(inputs) > 2 else {})

    def kind(self, inputs: Shapes) -> str:
        return "deformable"

    @property
    def _taps(self) -> int:
        return prod(self.per_axis("kernel_size", RANK))

    def _positions(self, x: Shape) -> tuple[int, ...]:
        fields = [self.per_axis(name, RANK) for name in ("kernel_size", "stride", "padding", "dilation")]
        axes = zip(x.sizes[1:], *fields, ("height", "width"), strict=True)
        return tuple(
            [window_count(size, k, step, (pad, pad), spread, name) for size, k, step, pad, spread, name in axes]
        )
