"""What conv1d, conv2d and conv3d share. Formulas: torch.nn.Conv2d's documentation."""

from functools import lru_cache
from math import prod
from typing import Any, ClassVar, Literal, NamedTuple

from calc.errors import OpError
from calc.ops.base import Op, Product, Tensors
from calc.ops.base.fields import Boolean, PaddingOrWord, Positive, PositivePerAxis
from calc.ops.base.windows import Pair, same_padding, taps_inside, window_count
from calc.shape import Shape, Shapes, channel_size

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


_LAYOUTS = {rank: f"(channels, {', '.join(names)})" for rank, names in AXES.items()}


def layout(rank: int) -> str:
    """The channels-first layout in words, for messages."""
    return _LAYOUTS[rank]


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

    def weight_shape(self, in_channels: int) -> tuple[int, ...]:
        """(out_channels, in_channels / groups, *kernel_size)."""
        return (self.out_channels, in_channels // self.groups, *self.per_axis("kernel_size", self.rank))

    def paddings(self) -> tuple[Pair, ...]:
        """(before, after) per spatial axis."""
        return paddings_of(self.padding, self.rank, self.kernel_size, self.dilation)

    def _slide(self, x: Shape) -> "Slide":
        return _slide(x.sizes[-self.rank :], self.kernel_size, self.stride, self.padding, self.dilation)

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


class Slide(NamedTuple):
    """A kernel moved over spatial sizes: ``taps`` products an output position, all of one pair of channels."""

    outputs: tuple[int, ...]
    taps: int
    products: int
    products_on_data: int


@lru_cache(maxsize=65536)  # the layers of a network differ in channels; their geometries are few
def _slide(sizes: tuple[int, ...], kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> Slide:
    """The arguments are the fields as they are written. Raises OpError where a window does not fit."""
    rank = len(sizes)
    axes = zip(
        sizes,
        _each(kernel_size, rank),
        _each(stride, rank),
        paddings_of(padding, rank, kernel_size, dilation),
        _each(dilation, rank),
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


def paddings_of(padding: Any, rank: int, kernel_size: Any, dilation: Any) -> tuple[Pair, ...]:
    """(before, after) per spatial axis, from fields as they are written."""
    if padding == "valid":
        return ((0, 0),) * rank
    if padding == "same":
        return tuple([same_padding(k, d) for k, d in zip(_each(kernel_size, rank), _each(dilation, rank), strict=True)])
    return tuple([one if isinstance(one, tuple) else (one, one) for one in _each(padding, rank)])


def _each(value: Any, rank: int) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,) * rank
