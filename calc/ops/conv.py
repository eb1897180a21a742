"""Convolutions. Formulas: torch.nn.Conv2d's documentation."""

from functools import lru_cache
from math import prod
from typing import Any, ClassVar, Literal, NamedTuple

from calc.errors import OpError
from calc.ops.base import InPlace, Product
from calc.ops.base.fields import PaddingOrWord
from calc.ops.base.kernel import KernelOp
from calc.ops.base.spatial import AXES, each, each_rank, paddings_of
from calc.ops.base.windows import Pair, taps_inside, window_count
from calc.shape import Shape, Shapes


class Convolution(KernelOp):
    """A convolution: every output position sums the products of one window.

    ``padding: same`` gives ⌈size / stride⌉ positions for every input size; if the padding is odd, the extra position
    comes after the input. At stride 1 this equals PyTorch's ``same``. With a larger stride it equals TensorFlow's, for
    which PyTorch has no name.
    """

    layout = "maps"
    formula: ClassVar[str] = "out_channels · in_channels/groups · kernel elements · output positions"

    padding: PaddingOrWord = 0
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"

    def output_shape(self, inputs: Shapes) -> Shape:
        x, rank = inputs[0], self.rank
        self.checked_channels(inputs)
        if self.padding_mode != "zeros":
            self._check_padding_mode(x)
        return Shape((*x.sizes[: -rank - 1], self.out_channels, *self._slide(x).outputs), -rank - 1)

    def macs(self, inputs: Shapes, output: Shape) -> tuple[Product, ...]:
        sizes, rank = inputs[0].sizes, self.rank
        slide = self._slide(inputs[0])
        in_channels = sizes[-rank - 1] // self.groups
        pairs = prod(sizes[: -rank - 1]) * self.out_channels * in_channels
        on_data = slide.products_on_data if self.padding_mode == "zeros" else slide.products
        return (self.product(inputs, pairs * slide.products, pairs * on_data, in_channels * slide.taps),)

    def kind(self, inputs: Shapes) -> str:
        in_channels = inputs[0].sizes[-self.rank - 1]
        if self.groups > 1:
            return "depthwise" if self.groups == in_channels else "grouped"
        return "pointwise" if all(size == 1 for size in self.per_axis("kernel_size", self.rank)) else "standard"

    def in_place(self, inputs: Shapes) -> InPlace:
        in_channels = inputs[0].sizes[-self.rank - 1]
        return "channels" if self.groups == in_channels == self.out_channels else "no"

    def weight_shape(self, in_channels: int) -> tuple[int, ...]:
        """Return (out_channels, in_channels / groups, *kernel_size)."""
        return (self.out_channels, in_channels // self.groups, *self.per_axis("kernel_size", self.rank))

    def paddings(self, sizes: tuple[int, ...]) -> tuple[Pair, ...]:
        """Return (before, after) per spatial axis of ``sizes``."""
        return paddings_of(self.padding, sizes, self.kernel_size, self.stride, self.dilation)

    def _slide(self, x: Shape) -> "Slide":
        return _slide(x.sizes[-self.rank :], self.kernel_size, self.stride, self.padding, self.dilation)

    def _check_padding_mode(self, x: Shape) -> None:
        # PyTorch reflects without repeating the edge, and wraps around at most once
        missing = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        if missing is None:
            return
        sizes = x.sizes[-self.rank :]
        for size, padding, name in zip(sizes, self.paddings(sizes), AXES[self.rank], strict=True):
            if max(padding) > size - missing:
                raise OpError(
                    f"padding_mode={self.padding_mode} pads a {name} of {size} by at most {size - missing}, "
                    f"got {max(padding)}"
                )


Conv1d, Conv2d, Conv3d = each_rank(Convolution, "conv", "A convolution over {axes}.")


class Slide(NamedTuple):
    """The windows of a kernel over spatial sizes. ``taps`` counts the products of one pair of channels."""

    outputs: tuple[int, ...]
    taps: int
    products: int
    products_on_data: int


@lru_cache(maxsize=65536)  # many layers of a network have the same geometry
def _slide(sizes: tuple[int, ...], kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> Slide:
    """Return the windows of a kernel on an input. The arguments are the fields as in a spec.

    Raises OpError if a window does not fit.
    """
    rank = len(sizes)
    axes = zip(
        sizes,
        each(kernel_size, rank),
        each(stride, rank),
        paddings_of(padding, sizes, kernel_size, stride, dilation),
        each(dilation, rank),
        AXES[rank],
        strict=True,
    )
    outputs, taps, on_data = [], 1, 1
    for size, kernel, step, (before, after), spread, name in axes:
        count = window_count(size, kernel, step, (before, after), spread, name)
        outputs.append(count)
        taps *= kernel
        on_data *= taps_inside(count, kernel, step, before, spread, size)
    return Slide(tuple(outputs), taps, taps * prod(outputs), on_data)
